import type { Logger } from 'pino'
import type { DiskUse } from '../api/index.ts'
import type { ServerConfig } from '../config/config.ts'
import type { BuildQueue } from '../queue/build-queue.ts'
import type { Channels } from '../state/channels.ts'
import type { Database } from '../state/database.ts'
import type { Projects } from '../state/projects.ts'
import type { TokenHolder } from '../state/token-rows.ts'
import type { Tokens } from '../state/tokens.ts'
import type { StoreWork } from '../store-upkeep/store-work.ts'
import type { Tracing } from '../tracing/tracing.ts'

/** Dependencies of the request handlers. */
export interface AppContext {
  readonly version: string
  readonly config: ServerConfig
  readonly database: Database
  readonly channels: Channels
  readonly queue: BuildQueue
  readonly projects: Projects
  readonly tokens: Tokens
  readonly store: StoreWork
  /** Pruning state of this process's worker; absent if it runs no builds. */
  readonly pruning: (() => NonNullable<DiskUse['pruning']>) | undefined
  readonly logger: Logger
  readonly tracing: Tracing | undefined
  /** Directory of the page; absent if this installation has none. */
  readonly pageDirectory: string | undefined
  /** Aborted when the server shuts down, which ends streams. */
  readonly closing: AbortSignal
  readonly metrics: { text(): Promise<string>; readonly contentType: string }
}

export type AppEnv = { Variables: { holder: TokenHolder } }
