import { randomBytes } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { ServerError } from '../errors.ts'
import { refuseOtherSites } from '../http/authenticate.ts'
import { isSame } from '../webhooks/signatures.ts'

export interface PageKey {
  /** Part of the printed URL. */
  readonly token: string
  /** Sets the cookie and redirects to the page, without the token in its URL. */
  readonly enter: MiddlewareHandler
  /** SECURITY: other users and pages of this machine can reach the port, too. → test/server/web/build-ui.test.ts */
  readonly require: MiddlewareHandler
}

export function createPageKey(host: () => string, entrance: string): PageKey {
  const token = randomBytes(24).toString('base64url')
  // Cookies are not separated by port, and several pages may be open at once.
  const cookie = (): string => `tsbuild_page_${host().split(':').at(-1)}`
  const refuse = (reason: string): never => {
    throw new ServerError('SERVER_UNAUTHORIZED', `Cannot show the build: ${reason}`, {
      hint: 'Open the complete address that tsbuild printed',
    })
  }
  return {
    token,
    enter: async (c) => {
      if (!isSame(c.req.query('token') ?? '', token)) refuse('the token in the address is wrong')
      setCookie(c, cookie(), token, { httpOnly: true, sameSite: 'Strict', path: '/' })
      return c.redirect(entrance, 303)
    },
    require: async (c, next) => {
      // SECURITY: refuses another site's name that resolves to this address.
      if (c.req.header('host') !== host()) refuse('the request is for another host')
      refuseOtherSites(c, {})
      if (!isSame(getCookie(c, cookie()) ?? '', token)) refuse('no valid cookie')
      await next()
    },
  }
}
