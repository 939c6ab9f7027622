import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Logger } from 'pino'
import { codeOf } from '../../errors/index.ts'
import { ServerError, type ServerErrorCode } from '../errors.ts'
import { isDatabaseUnavailable } from '../state/database.ts'

const STATUS: Readonly<Partial<Record<ServerErrorCode, ContentfulStatusCode>>> = {
  SERVER_UNAUTHORIZED: 401,
  SERVER_BAD_SIGNATURE: 401,
  SERVER_FORBIDDEN: 403,
  SERVER_NOT_FOUND: 404,
  SERVER_CONFLICT: 409,
  SERVER_REPLAYED: 409,
  SERVER_TOO_LARGE: 413,
  SERVER_BAD_REQUEST: 400,
  SERVER_BAD_CONFIG: 400,
  SERVER_CHECKOUT_FAILED: 400,
  SERVER_BUSY: 503,
  SERVER_DATABASE: 503,
}

/** Internal errors are logged, without exposing their text. */
export function errorResponse(c: Context, error: unknown, logger: Logger): Response {
  if (error instanceof ServerError) {
    const { code, message, hint } = error
    const status = STATUS[code] ?? 500
    if (status === 503) c.header('retry-after', '5')
    if (code === 'SERVER_UNAUTHORIZED') c.header('www-authenticate', 'Bearer') // SPEC: RFC 9110, section 11.6.1
    return c.json({ error: { code, message, ...(hint !== undefined && { hint }) } }, status)
  }
  const isClientGone = error instanceof Error && error.message === 'aborted' && codeOf(error) === 'ECONNRESET'
  if (isClientGone) logger.debug({ path: loggedPath(c) }, 'the client disconnected before the end of its request')
  else logger.error({ err: error, path: loggedPath(c) }, 'request failed')
  if (isDatabaseUnavailable(error)) {
    c.header('retry-after', '5')
    const message = 'Cannot process the request: the database does not respond'
    return c.json({ error: { code: 'SERVER_DATABASE', message, hint: 'Try again in a few seconds' } }, 503)
  }
  const message = 'Cannot process the request: an internal error'
  return c.json({ error: { code: 'SERVER_INTERNAL', message, hint: "See the server's log for the reason" } }, 500)
}

/** SECURITY: the address of Docker Hub's webhooks contains their secret. */
export function loggedPath(c: Context): string {
  return c.req.path.replace(/^(\/hooks\/docker-hub\/).*/, '$1***')
}
