import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { type Logger, pino } from 'pino'
import { checkStepNetwork } from './check-step-network.ts'
import type { ServerConfig } from './config/config.ts'
import { createServerDirectories } from './create-server-directories.ts'
import { createApp } from './http/create-app.ts'
import { type Listening, listen } from './http/listen.ts'
import { createMetrics } from './metrics/create-metrics.ts'
import { openState, type ServerState } from './open-state.ts'
import { startUpkeep } from './queue/start-upkeep.ts'
import { startReports } from './report/start-reports.ts'
import type { StoreWork } from './store-upkeep/store-work.ts'
import { checkBuildUsers, openBuildUsers } from './worker/build-users.ts'
import { findCgroupParent } from './worker/delegated-cgroup.ts'
import type { LockFile } from './worker/lock-work-directory.ts'
import { startWorker } from './worker/start-worker.ts'

export interface ServerOptions {
  readonly config: ServerConfig
  readonly version: string
  /** Command line of this program, for starting processes of builds and of pruning. */
  readonly entry: readonly string[]
  readonly store: StoreWork
  readonly lockFile: LockFile
  readonly pageDirectory?: string
  /** Replaces the token "admin". */
  readonly wantsAdminToken: boolean
  readonly log: { write(text: string): unknown }
}

export interface RunningServer {
  readonly url: string
  /** The token, if it was created now: at the first start, on request, or if no other token was valid. */
  readonly adminToken?: { readonly value: string; readonly file: string }
  /** Running builds may finish; the database stops last. */
  stop(): Promise<void>
}

/** Starts all parts of `tsbuild serve`: database, queue, reports, worker, HTTP. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, log } = options
  const logger = pino({ level: config.logLevel, base: null, redact: ['token', 'secret'] }, log)
  if (config.worker.slots > 0) await checkStepNetwork(config)
  checkBuildUsers(config)
  const listening = await listen(config.listen)
  let state: ServerState | undefined
  try {
    createServerDirectories(config)
    state = await openState(config, { createsKey: true, supervises: true, logger })
    return await startOn(state, listening, { options, logger })
  } catch (error) {
    await listening.close()
    await state?.close()
    throw error
  }
}

interface Start {
  readonly options: ServerOptions
  readonly logger: Logger
}

async function startOn(state: ServerState, listening: Listening, { options, logger }: Start): Promise<RunningServer> {
  const { config, version, store, pageDirectory } = options
  const closing = new AbortController()
  const adminToken = await createAdminToken(state, options)
  const upkeep = await startUpkeep({ ...state, config, logger })
  await startReports({ ...state, config, logger })
  const page = pageDirectory !== undefined && existsSync(join(pageDirectory, 'index.html')) ? pageDirectory : undefined
  const worker = config.worker.slots > 0 ? await startWorker(await workerContext(state, options, logger)) : undefined
  const pruning = worker?.stores.status
  const metrics = createMetrics(state.database, pruning)
  const app = createApp({
    ...state,
    version,
    config,
    store,
    logger,
    metrics,
    pruning,
    pageDirectory: page,
    closing: closing.signal,
  })
  listening.serve(app)
  logger.info({ url: listening.url, version }, 'server started')
  return {
    url: listening.url,
    ...(adminToken && { adminToken }),
    stop: async () => {
      logger.info('server stopping')
      await worker?.drain() // webhooks are accepted meanwhile: most forges do not send them again
      upkeep.stop()
      closing.abort()
      await listening.close()
      await state.close()
    },
  }
}

export async function workerContext(
  state: ServerState,
  { config, entry, lockFile }: Pick<ServerOptions, 'config' | 'entry' | 'lockFile'>,
  logger: Logger,
) {
  return {
    ...state,
    config,
    entry,
    lockFile,
    logger,
    id: `${hostname()}:${process.pid}:${Date.now().toString(36)}`,
    workDirectory: join(config.dataDirectory, 'work'),
    storeDirectory: storeDirectory(config),
    users: openBuildUsers(config),
    cgroups: await cgroupParent(config, logger),
  }
}

/** Limits that cannot be enforced as configured are reported at the start, not only at the first build. */
async function cgroupParent({ build }: ServerConfig, logger: Logger) {
  const { parent: place, reason } = await findCgroupParent()
  const level = Object.keys(build.limits).length > 0 ? 'warn' : 'info'
  if (place === undefined) logger[level]({ reason }, 'limits apply to each step of a build separately')
  return place
}

export function storeDirectory(config: ServerConfig): string {
  return config.storeDirectory ?? join(config.dataDirectory, 'store')
}

/** For the first login: stored in a file that only the server's user can read. */
async function createAdminToken({ tokens }: ServerState, { config, wantsAdminToken }: ServerOptions) {
  const value = await tokens.createAdmin(wantsAdminToken)
  if (value === undefined) return undefined
  const file = join(config.dataDirectory, 'admin-token')
  await writeFile(file, `${value}\n`, { mode: 0o600, flag: existsSync(file) ? 'w' : 'wx', flush: true })
  return { value, file }
}
