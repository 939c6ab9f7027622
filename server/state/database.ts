import pg from 'pg'
import { codeOf, messageOf } from '../../errors/index.ts'
import { ServerError } from '../errors.ts'
import { createNotices } from './notices.ts'

/** Executes queries: the pool, or one connection within a transaction. */
export interface Queries {
  /** Sent soon, but not before the transaction is committed: a NOTIFY within it would serialize commits. */
  notify(channel: string, payload: string): void
  query<Row extends pg.QueryResultRow>(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ readonly rows: Row[]; readonly rowCount: number | null }>
}

export interface Database extends Queries {
  /** Rolled back if `work` rejects. */
  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T>
  /** A separate connection, for LISTEN. */
  connect(): Promise<pg.Client>
  readonly connection: pg.ClientConfig
  close(): Promise<void>
}

// Row numbers and milliseconds fit into numbers; node-postgres returns bigint as text.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

const QUERY_TIMEOUT_MS = 20_000

export function openDatabase(connection: pg.ClientConfig, queryTimeoutMs = QUERY_TIMEOUT_MS): Database {
  const options = {
    ...connection,
    connectionTimeoutMillis: 10_000,
    query_timeout: queryTimeoutMs, // also applies if the database hangs
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: 'tsbuild',
  }
  const pool = new pg.Pool({ ...options, max: 12, idleTimeoutMillis: 30_000 })
  const notices = createNotices((text, values) => pool.query(text, values))
  pool.on('error', () => undefined) // an idle connection was closed: the next query opens another
  return {
    connection: options,
    notify: notices.add,
    query: (text, values) => pool.query(text, values as unknown[]).catch(explain),
    transaction: (work) => inTransaction(pool, notices, work),
    connect: async () => {
      const client = new pg.Client(options)
      client.on('error', () => undefined)
      await client.connect().catch(explain)
      return client
    },
    close: () => pool.end(),
  }
}

async function inTransaction<T>(
  pool: pg.Pool,
  notices: ReturnType<typeof createNotices>,
  work: (queries: Queries) => Promise<T>,
): Promise<T> {
  const client = await pool.connect().catch(explain)
  let broken: Error | undefined
  const noteBroken = (error: Error): void => {
    broken = error
  }
  client.on('error', noteBroken)
  try {
    const waiting: (readonly [string, string])[] = []
    await client.query('begin')
    const result = await work({
      notify: (...notice) => waiting.push(notice),
      query: (text, values) => client.query(text, values as unknown[]),
    })
    await client.query('commit')
    for (const notice of waiting) notices.add(...notice)
    return result
  } catch (error) {
    // A query that timed out still occupies the connection: a rollback behind it would time out, too. PostgreSQL rolls
    // back when the connection ends.
    if (error instanceof Error && isDatabaseUnavailable(error)) broken ??= error
    else await client.query('rollback').catch(noteBroken)
    return explain(error)
  } finally {
    client.off('error', noteBroken)
    client.release(broken)
  }
}

/**
 * Errors of connections, privileges and resources, not of statements: classes 08, 28 (login), 3D (no such database), 53
 * (includes a full disk), 57P, a server that is not the primary, and socket errors.
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (error instanceof ServerError) return error.code === 'SERVER_DATABASE'
  const code = codeOf(error) ?? ''
  return (
    /^(08|28|3D|53|57P|25006|42501)/.test(code) ||
    /^(ECONN|ENOENT|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN)/.test(code) ||
    /Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|is not queryable/.test(
      messageOf(error),
    )
  )
}

function explain(error: unknown): never {
  if (error instanceof ServerError || !isDatabaseUnavailable(error)) throw error
  throw new ServerError('SERVER_DATABASE', `Cannot use the database: ${messageOf(error) || 'no connection'}`, {
    hint: HINTS.find(([code]) => codeOf(error)?.startsWith(code))?.[1] ?? NO_ANSWER,
    cause: error,
  })
}

const NO_ANSWER = 'Check that PostgreSQL is running and that "database" has the right address'

/** By the beginning of the code. */
const HINTS: readonly (readonly [string, string])[] = [
  ['53100', 'Free space on the disk of the database'],
  ['28', 'Check the user and the password in "database"'],
  ['3D', 'Create it with createdb, or correct the name in "database"'],
  ['25006', 'Set "database" to the primary server'],
  ['42501', 'Make the user in "database" the owner of the database'],
]
