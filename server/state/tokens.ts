import { randomBytes } from 'node:crypto'
import type { ListedToken, Scope } from '../api/index.ts'
import { ServerError } from '../errors.ts'
import type { Queries } from './database.ts'
import { missing } from './missing.ts'
import { openSessions, type Sessions } from './sessions.ts'
import { hashOf, holderOf, type TokenHolder, type TokenRow } from './token-rows.ts'

export interface Tokens extends Sessions {
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
  /** Neither revoked nor expired. */
  isValid(id: number): Promise<boolean>
}

export function openTokens(queries: Queries): Tokens {
  return {
    ...openSessions(queries),
    create: async (name, scope, expiresInDays) => {
      const value = `tsb_${randomBytes(32).toString('base64url')}`
      const { rows } = await queries.query<TokenRow>(
        `insert into tokens (name, hash, scope, expires_at) values ($1, $2, $3, now() + $4 * interval '1 day')
         on conflict (name) do nothing returning *`,
        [name, hashOf(value), scope, expiresInDays ?? null],
      )
      if (rows[0] === undefined) {
        throw new ServerError('SERVER_CONFLICT', `Cannot create token "${name}": already exists`, {
          hint: 'Choose another name, or revoke the token first',
        })
      }
      return { token: listed(rows[0]), value }
    },
    list: async () => (await queries.query<TokenRow>('select * from tokens order by id')).rows.map(listed),
    delete: async (id) => {
      const { rowCount } = await queries.query(
        `delete from tokens where id = $1 and (scope <> 'admin' or exists (
           select from tokens other where other.id <> $1 and other.scope = 'admin'
             and (other.expires_at is null or other.expires_at > now())))`,
        [id],
      )
      if (rowCount === 0) throw await undeletable(queries, id)
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
    isValid: async (id) => {
      const query = 'select 1 from tokens where id = $1 and (expires_at is null or expires_at > now())'
      return (await queries.query(query, [id])).rows.length > 0
    },
  }
}

/** Without a token of scope admin, no one could create another. */
async function undeletable(queries: Queries, id: number): Promise<ServerError> {
  const { rows } = await queries.query<TokenRow>('select * from tokens where id = $1', [id])
  if (rows[0] === undefined) return missing('token', String(id))
  const message = `Cannot revoke token "${rows[0].name}": it is the last one of scope admin`
  return new ServerError('SERVER_CONFLICT', message, { hint: 'Create another token of scope admin first' })
}

/** Once a minute at most: every request would be a write otherwise. */
async function noteUse(queries: Queries, row: TokenRow): Promise<void> {
  if (row.last_used_at !== null && Date.now() - row.last_used_at.getTime() < 60_000) return
  await queries.query('update tokens set last_used_at = now() where id = $1', [row.id])
}

function listed(row: TokenRow): ListedToken {
  return {
    ...holderOf(row),
    createdAt: row.created_at.toISOString(),
    ...(row.expires_at && { expiresAt: row.expires_at.toISOString() }),
    ...(row.last_used_at && { lastUsedAt: row.last_used_at.toISOString() }),
  }
}
