import { createServer as createProxy, type Server } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Certificates, makeCertificates } from '../registry/certificates.ts'
import { serverDirectory, startTestServer, type TestServer } from './support/start-test-server.ts'

const HOSTS = ['chat.example.com', 'registry.hub.docker.com', 'elsewhere.example.com']
const SECRET = 'secret-of-docker-hub'
const received: { readonly place: string; readonly body: unknown }[] = []
let certificates: Certificates
let receiver: ReturnType<typeof createServer>
let proxy: Server
let server: TestServer

/** The hosts are behind a proxy, with certificates of a private CA. */
beforeAll(async () => {
  certificates = makeCertificates(HOSTS.map((host) => `DNS:${host}`))
  const tls = { cert: certificates.read(certificates.certificate), key: certificates.read(certificates.key) }
  receiver = createServer(tls, async (request, response) => {
    const body = JSON.parse(await text(request))
    received.push({ place: `${request.headers.host}${request.url}`, body })
    response.end('{}')
  })
  const port = await listen(receiver)
  proxy = createProxy().on('connect', (_, client) => {
    const upstream = connect(port, '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'))
    for (const end of [client, upstream]) end.on('error', () => undefined)
    client.pipe(upstream).pipe(client)
  })
  server = await startTestServer(serverDirectory(), {
    HTTPS_PROXY: `http://127.0.0.1:${await listen(proxy)}`,
    SSL_CERT_FILE: certificates.ca,
    GIT_SSL_CAINFO: certificates.ca,
    TSBUILD_SERVER_WORKER_SLOTS: '0',
    TSBUILD_SERVER_PUBLIC_URL: 'https://builds.example.com',
    TSBUILD_SERVER_WEBHOOKS_DOCKER_HUB_SECRET: SECRET,
  })
})
afterAll(async () => {
  proxy?.closeAllConnections()
  proxy?.close()
  receiver?.closeAllConnections()
  receiver?.close()
})

async function listen(one: Server): Promise<number> {
  await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve))
  return (one.address() as AddressInfo).port
}

const bodyOf = (place: string) => received.find((one) => one.place === place)?.body

test('a notification of a waiting build that is cancelled is sent through the proxy, to a host of the private CA', async () => {
  const notifications = [{ url: 'https://chat.example.com/hook', on: ['cancelled'] }]
  const settings = { repository: { url: 'https://git.example.com/team/app' }, notifications }
  await server.api.call('createProject', { body: { name: 'app', settings } })
  const { id } = await server.api.call('triggerBuild', { path: { project: 'app' }, body: { ref: 'main' } })
  await server.api.call('cancelBuild', { path: { build: id } })
  await expect.poll(() => bodyOf('chat.example.com/hook')).toMatchObject({ type: 'build.cancelled', build: { id } })
})

test('a webhook of Docker Hub calls its callback_url with the result; addresses of others are not called', async () => {
  const push = (callback_url: string) =>
    fetch(`${server.url}/hooks/docker-hub/${SECRET}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ callback_url, push_data: { tag: '1' }, repository: { repo_name: 'team/base' } }),
    })
  expect((await push('https://elsewhere.example.com/u')).status).toBe(202)
  expect((await push('https://registry.hub.docker.com/u/team/base/hook/1/')).status).toBe(202)
  await expect
    .poll(() => bodyOf('registry.hub.docker.com/u/team/base/hook/1/'))
    .toEqual({
      state: 'success',
      description: '0 builds started',
      context: 'tsbuild',
      target_url: 'https://builds.example.com',
    })
  expect(bodyOf('elsewhere.example.com/u')).toBeUndefined()
})
