import type { Context, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import type { Scope } from '../api/index.ts'
import type { ServerConfig } from '../config/config.ts'
import { ServerError } from '../errors.ts'
import type { TokenHolder } from '../state/token-rows.ts'
import type { AppContext, AppEnv } from './app-context.ts'

export const SESSION_COOKIE = 'tsbuild_session'

const RANKS: Readonly<Record<Scope, number>> = { read: 0, build: 1, admin: 2 }

/** Authenticates by bearer token, or by the page's cookie. */
export function requireScope({ tokens, config }: AppContext, scope: Scope): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const bearer = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
    const session = getCookie(c, SESSION_COOKIE)
    let holder: TokenHolder | undefined
    if (bearer !== undefined) holder = await tokens.findByValue(bearer)
    else if (session !== undefined) {
      refuseOtherSites(c, config)
      holder = await tokens.findBySession(session)
    }
    if (holder === undefined) {
      throw new ServerError('SERVER_UNAUTHORIZED', 'Cannot process the request: no valid token', {
        hint: 'Send the header "Authorization: Bearer TOKEN"; create one with tsbuild server token create',
      })
    }
    if (RANKS[holder.scope] < RANKS[scope]) {
      throw new ServerError(
        'SERVER_FORBIDDEN',
        `Cannot process the request: token "${holder.name}" has scope ${holder.scope} (expected ${scope})`,
        {
          hint: `Use a token of scope ${scope}`,
        },
      )
    }
    c.set('holder', holder)
    await next()
  }
}

/**
 * SECURITY: a page elsewhere may send requests with our cookie; browsers mark them. A reverse proxy may replace the
 * header Host. → test/attack/server/server-requests.test.ts
 */
export function refuseOtherSites(c: Context, { publicUrl }: Pick<ServerConfig, 'publicUrl'>): void {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return
  const site = c.req.header('sec-fetch-site')
  const origin = c.req.header('origin')
  const isOwn = site === undefined || site === 'same-origin' || site === 'none'
  const ownHosts = [c.req.header('host'), ...(publicUrl === undefined ? [] : [hostOf(publicUrl)])]
  const isOwnOrigin = origin === undefined || ownHosts.includes(hostOf(origin))
  if (isOwn && isOwnOrigin) return
  throw new ServerError('SERVER_FORBIDDEN', 'Cannot process the request: it comes from another site', {
    hint: 'Use a token instead of the cookie',
  })
}

function hostOf(origin: string): string {
  try {
    return new URL(origin).host
  } catch {
    return ''
  }
}
