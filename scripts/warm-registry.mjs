import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'

/**
 * A registry that returns pushed content to GET but not to HEAD, so that the code of a push runs as often as requested.
 */
export async function startWarmRegistry() {
  const kept = new Map()
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://warm')
    const bytes = await buffer(request)
    const digest = searchParams.get('digest')
    const path = digest === null ? pathname : pathname.replace(/uploads\/.*/, digest)
    const found = request.method === 'GET' ? kept.get(path) : undefined
    if (request.method === 'PUT') kept.set(path, { bytes, type: request.headers['content-type'] ?? '' })
    if (request.method === 'POST') response.writeHead(202, { location: `${pathname}1` })
    else if (request.method === 'PUT') response.writeHead(201)
    else if (found !== undefined) response.writeHead(200, { 'content-type': found.type })
    else response.writeHead(path === '/v2/' ? 200 : 404)
    response.end(found?.bytes)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = () => {
    server.close()
    server.closeAllConnections()
  }
  return { host: `127.0.0.1:${server.address().port}`, stop }
}
