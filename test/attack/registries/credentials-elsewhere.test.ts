import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseReference } from '../../../image-spec/index.ts'
import { type Credentials, createRegistryClient, type RegistryClient } from '../../../registry/index.ts'
import { blobOf, collect, opener } from '../../registry/blob-samples.ts'
import { type FaultRegistry, startFaultRegistry } from '../../support/fault-registry.ts'

const SECRET = 'correct horse battery staple'
const credentials: Credentials = { kind: 'basic', username: 'carol', password: SECRET }
const bytes = Buffer.from('content')
let registry: FaultRegistry
let elsewhere: Server
let headersElsewhere: IncomingMessage['headers'][]
let client: RegistryClient

beforeEach(async () => {
  registry = await startFaultRegistry()
  registry.blobs.set(blobOf(bytes).digest, bytes)
  headersElsewhere = []
  elsewhere = createServer((request, response) => {
    headersElsewhere.push(request.headers)
    request.resume()
    request.on('end', () => response.writeHead(request.method === 'GET' ? 200 : 201).end(bytes))
  })
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
  client = createRegistryClient({ credentials: { find: async () => credentials }, env: {}, retries: 0 })
})

afterEach(async () => {
  await client.close()
  elsewhere.closeAllConnections()
  await new Promise((resolve) => elsewhere.close(resolve))
})

/** SECURITY: a registry, or its owner, can name other hosts; they must not get the password. */
describe('credentials stay with the registry', () => {
  beforeEach(() => {
    registry.faults.push((request, response) => {
      if (request.headers.authorization !== undefined || request.url === '/v2/') return false
      response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end()
      return true
    })
  })

  test('when a blob is redirected to another origin', async () => {
    registry.faults.push((request, response) => {
      if (request.method !== 'GET' || request.url?.includes('/blobs/') !== true) return false
      response.writeHead(307, { location: elsewhereUrl('/blob?signature=x') }).end()
      return true
    })
    expect((await collect(client.fetchBlob(app(), blobOf(bytes)))).toString()).toBe('content')
    expect(headersElsewhere).toHaveLength(1)
    expect(headersElsewhere[0]).not.toHaveProperty('authorization')
  })

  test('when the host of a redirect asks for them', async () => {
    const redirect = { location: elsewhereUrl('/blob') }
    registry.faults.push((request, response) => {
      if (request.method !== 'GET' || request.url?.includes('/blobs/') !== true) return false
      response.writeHead(307, redirect).end()
      return true
    })
    await client.hasBlob(app(), blobOf(bytes).digest) // logs in
    for (const challenge of [`Bearer realm="${elsewhereUrl('/token')}"`, 'Basic realm="elsewhere"']) {
      elsewhere.removeAllListeners('request')
      elsewhere.on('request', (request, response) => {
        headersElsewhere.push(request.headers)
        response.writeHead(401, { 'www-authenticate': challenge }).end()
      })
      await expect(collect(client.fetchBlob(app(), blobOf(bytes)))).rejects.toMatchObject({
        code: 'REGISTRY_UNAUTHORIZED',
        message: expect.stringContaining(new URL(redirect.location).host),
      })
    }
    expect(headersElsewhere.map(({ authorization }) => authorization)).toStrictEqual([undefined, undefined])
  })

  test('when an upload is redirected to another origin', async () => {
    registry.faults.push((request, response) => {
      if (request.method !== 'POST') return false
      response.writeHead(202, { location: elsewhereUrl('/upload') }).end()
      return true
    })
    registry.blobs.clear()
    expect(await client.pushBlob(app(), blobOf(bytes), { open: opener(bytes) })).toBe('uploaded')
    expect(headersElsewhere).toHaveLength(1)
    expect(headersElsewhere[0]).not.toHaveProperty('authorization')
  })

  test('and user and password in a redirect are not used either', async () => {
    registry.faults.push((request, response) => {
      if (request.method !== 'GET' || request.url?.includes('/blobs/') !== true) return false
      response.writeHead(302, { location: elsewhereUrl('/').replace('//', '//user:pass@') }).end()
      return true
    })
    await collect(client.fetchBlob(app(), blobOf(bytes)))
    expect(headersElsewhere[0]).not.toHaveProperty('authorization')
  })
})

test('a token server without TLS that is not on loopback gets no password', async () => {
  registry.faults.push((_, response) => {
    response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://tokens.example/token",service="x"' }).end()
    return true
  })
  await expect(client.ping(registry.host)).rejects.toMatchObject({
    code: 'REGISTRY_BAD_RESPONSE',
    message: `Cannot log in to "${registry.host}": its token server is http://tokens.example (expected https)`,
  })
})

test.each([
  ['a password', credentials],
  ['an identity token', { kind: 'identity-token', token: SECRET } as const],
])("%s is not sent to the target of a token server's redirect", async (_, known) => {
  const login = createRegistryClient({ credentials: { find: async () => known }, env: {}, retries: 0 })
  registry.faults.push((request, response) => {
    if (request.url?.startsWith('/token') !== true) {
      response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${registry.host}/token",service="x"` }).end()
    } else if (request.method === 'GET') response.writeHead(405).end()
    else response.writeHead(307, { location: elsewhereUrl('/token') }).end()
    return true
  })
  await expect(login.ping(registry.host)).rejects.toMatchObject({
    code: 'REGISTRY_BAD_RESPONSE',
    message: expect.stringContaining('its token server redirects the credentials to 127.0.0.1:'),
  })
  expect(headersElsewhere).toEqual([])
  await login.close()
})

test('endless redirects, and redirects to other schemes, are errors', async () => {
  let location = '/v2/app/manifests/v1'
  registry.faults.push((request, response) => {
    if (request.url === '/v2/') return false
    response.writeHead(302, { location }).end()
    return true
  })
  await expect(client.fetchManifest(app())).rejects.toThrow('more than 5 redirects')
  location = 'file:///etc/passwd'
  await expect(client.fetchManifest(app())).rejects.toThrow('not a URL (expected http or https)')
})

/** SECURITY: otherwise a registry that echoes the request would put the password into logs. */
test('a password that the registry echoes is masked in every form', async () => {
  registry.faults.push((request, response) => {
    if (request.url === '/v2/') return false
    const body = `you sent ${request.headers.authorization}, that is ${SECRET} or ${encodeURIComponent(SECRET)}`
    const status = request.headers.authorization === undefined ? 401 : 403
    response.writeHead(status, { 'www-authenticate': 'Basic realm="test"' })
    response.end(JSON.stringify({ errors: [{ code: 'DENIED', message: body }] }))
    return true
  })
  const failure = await client.fetchManifest(app()).catch((error) => error)
  expect(failure.code).toBe('REGISTRY_DENIED')
  const text = `${inspect(failure, { depth: 10 })} ${failure.hint} ${JSON.stringify(failure)}`
  expect(text).toContain('***')
  for (const form of [SECRET, encodeURIComponent(SECRET), Buffer.from(`carol:${SECRET}`).toString('base64')]) {
    expect(text).not.toContain(form)
  }
})

function app() {
  return parseReference(`${registry.host}/app:v1`)
}

function elsewhereUrl(path: string): string {
  const { port } = elsewhere.address() as AddressInfo // always the case for a TCP server
  return `http://127.0.0.1:${port}${path}`
}
