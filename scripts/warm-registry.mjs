import { createServer } from 'node:http'

/** A registry that accepts every upload and keeps none: enough for the code of a push to run. */
export async function startWarmRegistry() {
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    request.resume().on('end', () => {
      if (request.method === 'POST') response.writeHead(202, { location: `${path}1` })
      else if (request.method === 'PUT') response.writeHead(201)
      else response.writeHead(path === '/v2/' ? 200 : 404)
      response.end()
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = () => {
    server.close()
    server.closeAllConnections()
  }
  return { host: `127.0.0.1:${server.address().port}`, stop }
}
