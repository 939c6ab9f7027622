import { randomBytes } from 'node:crypto'
import { chmod, chown, copyFile, mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { ServerError } from '../errors.ts'
import { readOrCreate } from '../read-or-create.ts'
import { databaseUser, type SystemUser } from '../system-user.ts'
import { createAtomically } from './drafts.ts'
import { findPostgres } from './find-postgres.ts'
import { type KeepOptions, keepLocked } from './keep-locked.ts'
import type { PostgresPaths } from './postgres-process.ts'
import { killPostmaster, type PostgresProcess, runToEnd, startPostmaster } from './postgres-process.ts'
import { unpackBundled } from './unpack-bundled.ts'

export interface EmbeddedPostgres {
  readonly connection: pg.ClientConfig
  /** Call it after the last connection is closed. */
  stop(): Promise<void>
}

export interface EmbeddedOptions extends KeepOptions {
  /** System user to run it as; undefined: one of the default users. */
  readonly user: string | undefined
}

/** A lock that servers on one embedded database take; any number will do. */
const SERVER_LOCK = 7_283_201

/**
 * Starts PostgreSQL on a data directory, or takes over one that a killed server left running. SECURITY: it listens only
 * on a socket in its private directory, not on a network, so that builds cannot reach it.
 */
export async function startEmbeddedPostgres(home: string, options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const user = databaseUser(options.user)
  const place = await preparePaths(home, user)
  const password = await readOrCreate(place.passwordFile, () => randomBytes(24).toString('base64url'))
  const { binDirectory, bundledIn, major } = findPostgres(place.data, process.env)
  const bin = bundledIn === undefined ? binDirectory : await unpackBundled(bundledIn, join(home, `postgresql-${major}`))
  const paths = { ...place, bin }
  if (!(await exists(join(place.data, 'PG_VERSION')))) {
    await createAtomically(place.data, (draft) => initialize({ ...paths, data: draft }, user))
  }
  const connection = { host: place.sockets, user: 'tsbuild', password, database: 'postgres' }
  let postmaster: PostgresProcess | undefined
  const start = async (): Promise<pg.Client> => {
    if (!(await isAnswering(connection))) postmaster = await startAndWait(paths, user, connection)
    return lockAlone(connection, home)
  }
  const kept = await keepLocked(start, options)
  return {
    connection,
    stop: async () => {
      await kept.stop()
      await stopPostmaster(paths, user, postmaster)
    },
  }
}

async function preparePaths(home: string, user: SystemUser | undefined): Promise<Omit<PostgresPaths, 'bin'>> {
  const place = {
    data: join(home, 'postgres'),
    sockets: join(home, 'run'),
    passwordFile: join(home, 'postgres-password'),
  }
  if (join(place.sockets, '.s.PGSQL.5432').length > 107) {
    throw new ServerError(
      'SERVER_BAD_CONFIG',
      `Cannot use data directory "${home}": the path of its socket would be too long`,
      {
        hint: 'Choose a data directory with a shorter path',
      },
    )
  }
  await mkdir(home, { recursive: true })
  if (user !== undefined) await chmod(home, 0o711) // PostgreSQL's user may traverse it, but cannot read other files in it
  for (const path of [place.data, place.sockets]) {
    await mkdir(path, { recursive: true, mode: 0o700 })
    if (user !== undefined) await chown(path, user.uid, user.gid)
  }
  return place
}

async function initialize(place: PostgresPaths, user: SystemUser | undefined): Promise<void> {
  const settings = ['--username=tsbuild', '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-instructions']
  const passwordFile = join(place.sockets, `password-${process.pid}`) // PostgreSQL's user cannot read the server's own file
  await mkdir(place.data, { mode: 0o700 })
  if (user !== undefined) await chown(place.data, user.uid, user.gid)
  try {
    await copyFile(place.passwordFile, passwordFile)
    if (user !== undefined) await chown(passwordFile, user.uid, user.gid)
    const words = [...settings, `--pwfile=${passwordFile}`, `--pgdata=${place.data}`]
    await runToEnd(place, user, { program: 'initdb', words })
  } finally {
    await rm(passwordFile, { force: true })
  }
}

/** A killed database: its processes need a moment to exit. */
const STILL_THERE = /another postmaster|still in use|lock file .* already exists/i
/** Many times what the recovery after a crash takes. */
const START_MS = 60_000

/** Undefined if another server's database, or that of a killed one, responds after all. */
async function startAndWait(
  place: PostgresPaths,
  user: SystemUser | undefined,
  connection: pg.ClientConfig,
): Promise<PostgresProcess | undefined> {
  let deadline = Date.now() + START_MS
  let isKilled = false
  let postmaster = startPostmaster(place, user)
  for (;;) {
    if (await isAnswering(connection)) return postmaster.ended() === undefined ? postmaster : undefined
    const ended = postmaster.ended()
    const isOther = ended !== undefined && STILL_THERE.test(ended)
    if (isOther && !isKilled && Date.now() > deadline) {
      await killPostmaster(place)
      isKilled = true
      deadline = Date.now() + START_MS
    } else if (Date.now() > deadline || (ended !== undefined && !isOther)) {
      await postmaster.stop()
      throw cannotStart(place, ended ?? 'no response')
    }
    await new Promise((resolve) => setTimeout(resolve, ended === undefined ? 50 : 300))
    if (ended !== undefined) postmaster = startPostmaster(place, user)
  }
}

function cannotStart({ data }: PostgresPaths, reason: string): ServerError {
  return new ServerError('SERVER_POSTGRES_FAILED', `Cannot start PostgreSQL in "${data}": ${reason}`, {
    hint: 'Free disk space, and check the permissions of the data directory',
  })
}

async function isAnswering(connection: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 5000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return true
  } catch {
    return false // not ready yet
  } finally {
    await client.end().catch(() => undefined) // it was not connected
  }
}

/** Held by a connection, so that it is released when this process exits for any reason. */
async function lockAlone(connection: pg.ClientConfig, home: string): Promise<pg.Client> {
  const client = new pg.Client({ ...connection, keepAlive: true, application_name: 'tsbuild server lock' })
  client.on('error', () => undefined)
  await client.connect()
  const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [SERVER_LOCK])
  if (rows[0]?.locked === true) return client
  await client.end()
  throw new ServerError(
    'SERVER_IN_USE',
    `Cannot use data directory "${home}": another tsbuild server is running on it`,
    {
      hint: 'Stop the other server, or give this one another "dataDirectory"',
    },
  )
}

/** "fast": open transactions are rolled back. It is killed if it hangs. */
async function stopPostmaster(
  place: PostgresPaths,
  user: SystemUser | undefined,
  postmaster: PostgresProcess | undefined,
): Promise<void> {
  if (postmaster !== undefined) return postmaster.stop()
  const words = ['stop', '-D', place.data, '-m', 'fast', '-w', '-s', '-t', '20']
  await runToEnd(place, user, { program: 'pg_ctl', words }).catch(() => killPostmaster(place))
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
