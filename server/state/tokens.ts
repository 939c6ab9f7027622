import { randomBytes } from 'node:crypto'
import type { ListedToken, Scope } from '../api/index.ts'
import { ServerError } from '../errors.ts'
import type { Queries } from './database.ts'
import { missing } from './missing.ts'
import { openSessions, type Sessions } from './sessions.ts'
import { hashOf, holderOf, type TokenHolder, type TokenRow } from './token-rows.ts'

export interface Tokens extends Sessions {
  /** The value is shown only once; the database stores its hash. */
  create(
    name: string,
    scope: Scope,
    expiresInDays?: number,
  ): Promise<{ readonly token: ListedToken; readonly value: string }>
  list(): Promise<readonly ListedToken[]>
  delete(id: number): Promise<void>
  /**
   * The value of a new token "admin" with scope admin, which replaces the token of that name. Unless `isWanted`, only
   * if no valid token has this scope: otherwise it would be impossible to log in and create one.
   */
  createAdmin(isWanted: boolean): Promise<string | undefined>
  findByValue(value: string): Promise<TokenHolder | undefined>
  /** Neither revoked nor expired. */
  isValid(id: number): Promise<boolean>
}

const IS_VALID = '(expires_at is null or expires_at > now())'
const IS_ADMIN = `(scope = 'admin' and ${IS_VALID})`

export function openTokens(queries: Queries): Tokens {
  return {
    ...openSessions(queries),
    create: async (name, scope, expiresInDays) => {
      const value = newValue()
      await queries.query('delete from tokens where name = $1 and expires_at <= now()', [name])
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
           select from tokens where id <> $1 and ${IS_ADMIN}))`,
        [id],
      )
      if (rowCount === 0) throw await undeletable(queries, id)
    },
    createAdmin: async (isWanted) => {
      const { rows } = await queries.query(`select 1 from tokens where ${IS_ADMIN} limit 1`)
      if (rows.length > 0 && !isWanted) return undefined
      await queries.query(`delete from tokens where name = 'admin' and ($1 or not (${IS_ADMIN}))`, [isWanted])
      const value = newValue()
      const query = `insert into tokens (name, hash, scope) values ('admin', $1, 'admin') on conflict do nothing`
      const { rowCount } = await queries.query(query, [hashOf(value)])
      return rowCount === 0 ? undefined : value // another server did, just now
    },
    findByValue: async (value) => {
      const { rows } = await queries.query<TokenRow>(`select * from tokens where hash = $1 and ${IS_VALID}`, [
        hashOf(value),
      ])
      const [row] = rows
      if (row !== undefined) await noteUse(queries, row)
      return row && holderOf(row)
    },
    isValid: async (id) => {
      return (await queries.query(`select 1 from tokens where id = $1 and ${IS_VALID}`, [id])).rows.length > 0
    },
  }
}

function newValue(): string {
  return `tsb_${randomBytes(32).toString('base64url')}`
}

/** Without a token of scope admin, it would be impossible to create another. */
async function undeletable(queries: Queries, id: number): Promise<ServerError> {
  const { rows } = await queries.query<TokenRow>('select * from tokens where id = $1', [id])
  if (rows[0] === undefined) return missing('token', String(id))
  const message = `Cannot revoke token "${rows[0].name}": it is the last one of scope admin`
  return new ServerError('SERVER_CONFLICT', message, { hint: 'Create another token of scope admin first' })
}

/** At most once a minute: otherwise every request would be a write. */
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
