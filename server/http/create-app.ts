import type { IncomingMessage } from 'node:http'
import { type Context, Hono } from 'hono'
import { operations } from '../api/index.ts'
import type { Metrics } from '../metrics/create-metrics.ts'
import { apiRoutes } from './api-routes.ts'
import type { AppContext } from './app-context.ts'
import { errorResponse, loggedPath } from './error-response.ts'
import { pageHeaders } from './page-headers.ts'
import { pageRoutes } from './page-routes.ts'
import { badRequest } from './read-input.ts'
import { webhookRoutes } from './webhook-routes.ts'

export function createApp(context: AppContext & { readonly metrics: Metrics }): Hono {
  const { database, logger, metrics } = context
  const app = new Hono()
  app.use(pageHeaders({ isSecure: context.config.publicUrl?.startsWith('https://') === true }))
  app.use(async (c, next) => {
    const startedAt = performance.now()
    await next()
    const seconds = (performance.now() - startedAt) / 1000
    const labels = { method: c.req.method, route: routeOf(c.req.path), status: c.res.status }
    metrics.request(labels, seconds)
    logger.debug({ ...labels, path: loggedPath(c), seconds }, 'request')
  })
  app.onError((error, c) => errorResponse(c, error, logger))
  app.use(async (c, next) => {
    if (!isPlainAddress(c.req.url)) throw badRequest('its address contains NUL or invalid UTF-8')
    if (countHosts(c.env as RawRequest) > 1) throw badRequest('it has several Host headers')
    await next()
  })
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.get('/readyz', async (c) => {
    await database.query('select 1')
    return c.json({ status: 'ok' })
  })
  app.get('/metrics', async (c) => c.body(await metrics.text(), 200, { 'content-type': metrics.contentType }))
  app.route('/hooks', webhookRoutes(context))
  app.use('/api/*', async (c, next) => {
    if (c.req.method === 'HEAD') return notFound(c) // otherwise a stream would start that no client reads
    await next()
    c.header('cache-control', 'no-store')
    // set for streams: Node adds chunked encoding itself, but not for HTTP/1.0 clients
    c.res.headers.delete('transfer-encoding')
  })
  app.route('/api/v1', apiRoutes(context))
  app.all('/api/*', notFound)
  app.route('/', pageRoutes(context))
  app.notFound(notFound)
  return app
}

function notFound(c: Context): Response {
  return c.json(
    { error: { code: 'SERVER_NOT_FOUND', message: `Cannot find "${c.req.method} ${c.req.path}": no such operation` } },
    404,
  )
}

function isPlainAddress(url: string): boolean {
  try {
    return !decodeURIComponent(url).includes('\0')
  } catch {
    return false
  }
}

interface RawRequest {
  readonly incoming?: IncomingMessage
}

/** SPEC: RFC 9112, section 3.2. Of several, a reverse proxy may use another than the server does. */
function countHosts({ incoming }: RawRequest): number {
  const names = incoming?.rawHeaders.filter((_, index) => index % 2 === 0) ?? []
  return names.filter((name) => name.toLowerCase() === 'host').length
}

const API_PARTS = new Set(Object.values(operations).map(({ path }) => path.split('/')[1]))
const TOP_ROUTES = new Set(['healthz', 'readyz', 'metrics', 'hooks', 'assets'])

/** SECURITY: the number of labels must not grow with the builds or with arbitrary requests. */
function routeOf(path: string): string {
  const [top = '', , part = ''] = path.split('/').slice(1)
  if (top === 'api') return API_PARTS.has(part) ? `/api/v1/${part}` : '/api'
  return TOP_ROUTES.has(top) ? `/${top}` : '/page'
}
