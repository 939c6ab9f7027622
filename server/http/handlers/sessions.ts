import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { login } from '../../api/index.ts'
import { ServerError } from '../../errors.ts'
import { refuseOtherSites, SESSION_COOKIE } from '../authenticate.ts'
import type { Handler } from '../handler.ts'
import { readJson } from '../read-input.ts'

/** Guessing 256 bits is hopeless; this only keeps a flood of requests away from the database. */
const FAILURE_DELAY_MS = 300

const openSession: Handler = async (c, { tokens, config, version }) => {
  refuseOtherSites(c, config)
  const { token } = await readJson(c, login)
  const holder = await tokens.findByValue(token)
  if (holder === undefined) {
    await new Promise((resolve) => setTimeout(resolve, FAILURE_DELAY_MS))
    throw new ServerError('SERVER_UNAUTHORIZED', 'Cannot log in: unknown or expired token', {
      hint: 'Create a token: tsbuild server token create NAME',
    })
  }
  const session = await tokens.openSession(holder)
  const isSecure = config.publicUrl?.startsWith('https://') === true
  setCookie(c, SESSION_COOKIE, session, {
    httpOnly: true,
    sameSite: 'Strict',
    path: '/',
    secure: isSecure,
    maxAge: 14 * 86_400,
  })
  return c.json({ name: holder.name, scope: holder.scope, version })
}

const showSession: Handler = async (c, { version }) => {
  const { name, scope } = c.get('holder')
  return c.json({ name, scope, version })
}

const closeSession: Handler = async (c, { tokens, config }) => {
  refuseOtherSites(c, config)
  const session = getCookie(c, SESSION_COOKIE)
  if (session !== undefined) await tokens.closeSession(session)
  deleteCookie(c, SESSION_COOKIE, { path: '/' })
  return c.body(null, 204)
}

export const sessionHandlers = { openSession, showSession, closeSession }
