import { createHash, randomBytes } from 'node:crypto'
import type { Scope } from '../api/index.ts'
import { ServerError } from '../errors.ts'
import type { Queries } from './database.ts'
import { missing } from './projects.ts'

export interface TokenHolder {
  readonly id: number
  readonly name: string
  readonly scope: Scope
}

interface TokenRow {
  readonly [key: string]: unknown
  readonly id: number
  readonly name: string
  readonly scope: Scope
  readonly created_at: Date
  readonly expires_at: Date | null
  readonly last_used_at: Date | null
}

export interface ListedToken extends TokenHolder {
  readonly createdAt: string
  readonly expiresAt?: string
  readonly lastUsedAt?: string
}

export interface Tokens {
  /** The value is shown once; the database has its hash. */
  create(
    name: string,
    scope: Scope,
    expiresInDays?: number,
  ): Promise<{ readonly token: ListedToken; readonly value: string }>
  list(): Promise<readonly ListedToken[]>
  delete(id: number): Promise<void>
  isEmpty(): Promise<boolean>
  findByValue(value: string): Promise<TokenHolder | undefined>
  openSession(holder: TokenHolder): Promise<string>
  findBySession(session: string): Promise<TokenHolder | undefined>
  closeSession(session: string): Promise<void>
}

const SESSION_DAYS = 14

export function openTokens(queries: Queries): Tokens {
  return {
    create: async (name, scope, expiresInDays) => {
      const value = `tsb_${randomBytes(32).toString('base64url')}`
      const { rows } = await queries.query<TokenRow>(
        `insert into tokens (name, hash, scope, expires_at) values ($1, $2, $3, now() + $4 * interval '1 day')
         on conflict (name) do nothing returning *`,
        [name, hashOf(value), scope, expiresInDays ?? null],
      )
      if (rows[0] === undefined) {
        throw new ServerError('SERVER_CONFLICT', `Cannot create token "${name}": it exists already`, {
          hint: 'Choose another name, or revoke the token first',
        })
      }
      return { token: listed(rows[0]), value }
    },
    list: async () => (await queries.query<TokenRow>('select * from tokens order by id')).rows.map(listed),
    delete: async (id) => {
      const { rowCount } = await queries.query('delete from tokens where id = $1', [id])
      if (rowCount === 0) throw missing('token', String(id))
    },
    isEmpty: async () => (await queries.query('select 1 from tokens limit 1')).rows.length === 0,
    findByValue: async (value) => {
      const { rows } = await queries.query<TokenRow>(
        `select * from tokens where hash = $1 and (expires_at is null or expires_at > now())`,
        [hashOf(value)],
      )
      const [row] = rows
      if (row !== undefined) await noteUse(queries, row)
      return row && holderOf(row)
    },
    openSession: async (holder) => {
      const session = randomBytes(32).toString('base64url')
      await queries.query('delete from sessions where expires_at < now()')
      await queries.query(`insert into sessions values ($1, $2, now() + $3 * interval '1 day')`, [
        hashOf(session),
        holder.id,
        SESSION_DAYS,
      ])
      return session
    },
    findBySession: async (session) => {
      const { rows } = await queries.query<TokenRow>(
        `select t.* from sessions s join tokens t on t.id = s.token
         where s.hash = $1 and s.expires_at > now() and (t.expires_at is null or t.expires_at > now())`,
        [hashOf(session)],
      )
      return rows[0] && holderOf(rows[0])
    },
    closeSession: async (session) => {
      await queries.query('delete from sessions where hash = $1', [hashOf(session)])
    },
  }
}

/** Once a minute at most: every request would be a write otherwise. */
async function noteUse(queries: Queries, row: TokenRow): Promise<void> {
  if (row.last_used_at !== null && Date.now() - row.last_used_at.getTime() < 60_000) return
  await queries.query('update tokens set last_used_at = now() where id = $1', [row.id])
}

/** A plain hash will do: the values are random, not chosen by people. */
function hashOf(value: string): Buffer {
  return createHash('sha256').update(value).digest()
}

function holderOf(row: TokenRow): TokenHolder {
  return { id: row.id, name: row.name, scope: row.scope }
}

function listed(row: TokenRow): ListedToken {
  return {
    ...holderOf(row),
    createdAt: row.created_at.toISOString(),
    ...(row.expires_at && { expiresAt: row.expires_at.toISOString() }),
    ...(row.last_used_at && { lastUsedAt: row.last_used_at.toISOString() }),
  }
}
