import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseReference } from '../../image-spec/index.ts'
import { createRegistryClient, type RegistryClient } from '../../registry/index.ts'
import { type FaultRegistry, startFaultRegistry } from '../support/fault-registry.ts'
import { blobOf, opener } from './blob-samples.ts'

let registry: FaultRegistry
let client: RegistryClient
/** The only token that the registry accepts. */
let valid: string
let given: number

beforeEach(async () => {
  valid = 'token-one'
  given = 0
  registry = await startFaultRegistry()
  registry.faults.push((request, response) => {
    if (request.url?.startsWith('/token')) {
      given++
      response.writeHead(200).end(JSON.stringify({ token: valid, expires_in: 3600 }))
      return true
    }
    if (request.headers.authorization === `Bearer ${valid}`) return false
    const realm = `http://${registry.host}/token`
    response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="test"` }).end()
    return true
  })
  const credentials = { kind: 'basic', username: 'carol', password: 'secret' } as const
  client = createRegistryClient({ credentials: { find: async () => credentials }, env: {}, retryDelayMs: 1 })
})

afterEach(async () => {
  await client.close()
})

test('a revoked token is replaced during a long push', async () => {
  const bytes = randomBytes(40 << 20)
  let patches = 0
  registry.faults.unshift((request) => {
    if (request.method === 'PATCH' && ++patches === 2) valid = 'token-two'
    return false
  })
  const reference = parseReference(`${registry.host}/app:v1`)
  expect(await client.pushBlob(reference, blobOf(bytes), { open: opener(bytes) })).toBe('uploaded')
  expect(registry.blobs.get(blobOf(bytes).digest)?.equals(bytes)).toBe(true)
  expect(given).toBe(2)
})

test('concurrent requests with a refused token request one new token', async () => {
  const push = (text: string) => {
    const bytes = Buffer.from(text)
    return client.pushBlob(parseReference(`${registry.host}/app`), blobOf(bytes), { open: opener(bytes) })
  }
  await push('first')
  valid = 'token-two'
  await Promise.all(['a', 'b', 'c', 'd'].map(push))
  expect(given).toBe(2)
})

/** The token server issues tokens that have expired when they arrive. */
function issueExpired(times: number, error: string): void {
  let left = times
  registry.faults.unshift((request, response) => {
    const isRefused = left > 0 && request.headers.authorization === `Bearer ${valid}`
    if (!isRefused) return false
    left--
    valid = `token-${randomBytes(4).toString('hex')}`
    const realm = `http://${registry.host}/token`
    response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="test"${error}` }).end()
    return true
  })
}

const pushed = () => {
  const bytes = Buffer.from('a layer')
  return client.pushBlob(parseReference(`${registry.host}/app`), blobOf(bytes), { open: opener(bytes) })
}

test.each(['', ',error="invalid_token"'])(
  'a token that has expired on arrival is replaced once (%s)',
  async (error) => {
    issueExpired(1, error)
    expect(await pushed()).toBe('uploaded')
    expect(given).toBe(2)
  },
)

test('tokens that are always refused end the push after two of them', async () => {
  issueExpired(Number.POSITIVE_INFINITY, '')
  await expect(pushed()).rejects.toMatchObject({ code: 'REGISTRY_DENIED' })
  expect(given).toBe(2)
})

test('a token without the permission is not replaced', async () => {
  issueExpired(Number.POSITIVE_INFINITY, ',error="insufficient_scope"')
  await expect(pushed()).rejects.toMatchObject({ code: 'REGISTRY_DENIED' })
  expect(given).toBe(1)
})
