import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { ServerConfig } from './config/config.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './postgres/embedded-postgres.ts'
import { type BuildQueue, openBuildQueue } from './queue/build-queue.ts'
import { type Channels, openChannels } from './state/channels.ts'
import { type Database, openDatabase } from './state/database.ts'
import { migrate } from './state/migrate.ts'
import { openProjects, type Projects } from './state/projects.ts'
import { checkKey, createSecretBox, readKey } from './state/secret-box.ts'
import { openTokens, type Tokens } from './state/tokens.ts'
import { openTracing } from './tracing/open-tracing.ts'
import type { Tracing } from './tracing/tracing.ts'

/** All durable state, opened. */
export interface ServerState {
  readonly database: Database
  readonly channels: Channels
  readonly queue: BuildQueue
  readonly projects: Projects
  readonly tokens: Tokens
  readonly isEmbedded: boolean
  /** Absent unless traces are configured. */
  readonly tracing: Tracing | undefined
  close(): Promise<void>
}

export interface StateOptions {
  readonly createsKey: boolean
  readonly supervises: boolean
  readonly logger: Logger
}

export async function openState(config: ServerConfig, options: StateOptions): Promise<ServerState> {
  const keyPath = config.keyFile ?? join(config.dataDirectory, 'key')
  const box = createSecretBox(await readKey(keyPath, { create: options.createsKey }))
  // Not refused: secrets that Kubernetes mounts are readable within their container.
  if (((await stat(keyPath)).mode & 0o007) !== 0)
    options.logger.warn({ file: keyPath }, 'the key that encrypts secrets is readable by every user of this machine')
  const embedded = config.database === 'embedded' ? await startEmbedded(config, options) : undefined
  const database = openDatabase(embedded?.connection ?? { connectionString: config.database })
  const opened: { close(): Promise<unknown> }[] = [{ close: () => embedded?.stop() ?? Promise.resolve() }, database]
  const close = async (): Promise<void> => {
    for (const part of opened.reverse())
      await part.close().catch((error: Error) => options.logger.warn({ err: error }, 'cannot close'))
  }
  try {
    await migrate(database)
    await checkKey(database, box)
    const channels = await openChannels(database)
    opened.push(channels)
    const onError = (error: Error): void => options.logger.warn({ err: error }, 'queue')
    const { leaseSeconds } = config.worker
    const queue = await openBuildQueue(database, { leaseSeconds, supervises: options.supervises, onError })
    opened.push({ close: () => queue.stop() })
    const projects = openProjects(database, box, config.publicUrl)
    const tokens = openTokens(database)
    const tracing = await openTracing(config, process.env, options.logger)
    if (tracing !== undefined) opened.push(tracing)
    return { database, channels, queue, projects, tokens, tracing, isEmbedded: embedded !== undefined, close }
  } catch (error) {
    await close()
    throw error
  }
}

function startEmbedded(
  { dataDirectory, databaseUser }: ServerConfig,
  { logger }: StateOptions,
): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres(join(dataDirectory, 'database'), {
    user: databaseUser,
    onDisconnected: (error) => logger.error({ err: error }, 'the embedded database stopped and is being restarted'),
    onLockLost: (error) => {
      logger.fatal({ err: error }, 'another server uses the database')
      process.kill(process.pid, 'SIGTERM')
    },
  })
}
