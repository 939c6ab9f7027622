import { randomBytes } from 'node:crypto'
import type { Queries } from './database.ts'
import { hashOf, holderOf, type TokenHolder, type TokenRow } from './token-rows.ts'

/** Logins of browsers. They end when their token is revoked or expires. */
export interface Sessions {
  openSession(holder: TokenHolder): Promise<string>
  findBySession(session: string): Promise<TokenHolder | undefined>
  closeSession(session: string): Promise<void>
}

const SESSION_DAYS = 14

export function openSessions(queries: Queries): Sessions {
  return {
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
