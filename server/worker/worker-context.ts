import type { Logger } from 'pino'
import type { ServerConfig } from '../config/config.ts'
import type { BuildQueue } from '../queue/build-queue.ts'
import type { Channels } from '../state/channels.ts'
import type { Database } from '../state/database.ts'
import type { Projects } from '../state/projects.ts'
import type { Tracing } from '../tracing/tracing.ts'
import type { BuildUsers } from './build-users.ts'
import type { CgroupPlace } from './cgroup-place.ts'

/** What a worker works with. */
export interface WorkerContext {
  readonly id: string
  readonly database: Database
  readonly channels: Channels
  readonly queue: BuildQueue
  readonly projects: Projects
  readonly config: ServerConfig
  readonly logger: Logger
  /** How this program is started: node and its file. */
  readonly entry: readonly string[]
  /** Checkouts and files of builds under way. */
  readonly workDirectory: string
  readonly storeDirectory: string
  readonly users: BuildUsers
  /** Absent: limits apply to each step separately. */
  readonly cgroups: CgroupPlace | undefined
  readonly tracing: Tracing | undefined
}
