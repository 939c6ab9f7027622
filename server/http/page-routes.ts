import { readFile } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { Hono } from 'hono'
import type { AppContext } from './app-context.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}

/** The built page: files are served unchanged; all other paths are handled by the page's script. */
export function pageRoutes({ pageDirectory }: Pick<AppContext, 'pageDirectory'>): Hono {
  const routes = new Hono()
  routes.get('*', async (c) => {
    if (pageDirectory === undefined) return c.text('This installation has no web page; the API is at /api/v1\n', 404)
    const path = decodeURIComponent(new URL(c.req.url).pathname)
    const type = TYPES[extname(path)]
    const root = resolve(pageDirectory)
    const file = resolve(join(root, path))
    if (type === undefined) {
      c.header('cache-control', 'no-cache')
      return c.html(await readFile(join(root, 'index.html'), 'utf8'))
    }
    const content = file.startsWith(`${root}/`) ? await readFile(file).catch(() => undefined) : undefined
    if (content === undefined) return c.text('Not found\n', 404)
    // Vite names them by content hash.
    const isNamedByContent = path.startsWith('/assets/')
    c.header('cache-control', isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache')
    return c.body(new Uint8Array(content), 200, { 'content-type': type })
  })
  return routes
}
