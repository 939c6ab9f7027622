import type { Logger } from 'pino'
import type { ServerConfig } from '../config/config.ts'
import type { BuildQueue } from '../queue/build-queue.ts'
import type { Channels } from '../state/channels.ts'
import type { Database } from '../state/database.ts'
import type { Projects } from '../state/projects.ts'
import type { Tracing } from '../tracing/tracing.ts'
import type { BuildUsers } from './build-users.ts'
import type { CgroupParent } from './delegated-cgroup.ts'
import type { LockFile } from './lock-work-directory.ts'

/** Dependencies of a worker. */
export interface WorkerContext {
  readonly id: string
  readonly database: Database
  readonly channels: Channels
  readonly queue: BuildQueue
  readonly projects: Projects
  readonly config: ServerConfig
  readonly logger: Logger
  /** Command line of this program: node and its script. */
  readonly entry: readonly string[]
  readonly lockFile: LockFile
  /** Checkouts and files of running builds. */
  readonly workDirectory: string
  readonly storeDirectory: string
  readonly users: BuildUsers
  /** Absent if limits apply to each step separately. */
  readonly cgroups: CgroupParent | undefined
  readonly tracing: Tracing | undefined
}
