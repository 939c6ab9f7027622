import { execFileSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseReference } from '../../image-spec/index.ts'
import { type Credentials, createRegistryClient, type RegistryClient } from '../../registry/index.ts'
import { answering, type FaultRegistry, startFaultRegistry } from '../support/fault-registry.ts'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { blobOf, opener } from './blob-samples.ts'
import { startTokenServer, type TokenServer } from './token-server.ts'

const bytes = Buffer.from('content')
const clients: RegistryClient[] = []
const CAROL: Credentials = { kind: 'basic', username: 'carol', password: 'right:password' }

afterAll(async () => {
  for (const client of clients) await client.close()
})

describe('a registry with passwords', () => {
  let registry: RunningRegistry
  beforeAll(async () => {
    registry = await startRegistry({ users: { carol: 'right:password' } })
  })

  test('accepts pushes with the right password', async () => {
    const client = clientWith(CAROL)
    await client.ping(registry.host)
    expect(await push(client, registry.host, 'app')).toBe('uploaded')
  })

  test('a wrong password and a missing one have different errors', async () => {
    const wrong = clientWith({ kind: 'basic', username: 'carol', password: 'hunter2-wrong' })
    await expect(wrong.ping(registry.host)).rejects.toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
      status: 401,
      message: expect.stringContaining(`Cannot log in to "${registry.host}": wrong user name or password for "carol"`),
      hint: `Check user name and password and log in again: tsbuild login ${registry.host}`,
    })
    await expect(clientWith(undefined).ping(registry.host)).rejects.toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
      message: expect.stringContaining(`Cannot use registry "${registry.host}" without login`),
      hint: expect.stringContaining(`tsbuild login ${registry.host}`),
    })
  })
})

describe('a registry with a token server', () => {
  const folder = temporaryDirectory('token')
  let registry: RunningRegistry
  let tokens: TokenServer

  beforeAll(async () => {
    const key = join(folder, 'key.pem')
    const certificate = join(folder, 'cert.pem')
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=issuer', '-keyout', key, '-out', certificate],
      {
        stdio: 'ignore',
      },
    )
    tokens = await startTokenServer({
      key: createPrivateKey(readFileSync(key)),
      issuer: 'issuer',
      service: 'test service',
      users: { carol: 'right:password' },
      refreshTokens: ['the-identity-token'],
    })
    registry = await startRegistry({
      token: { realm: tokens.realm, service: 'test service', issuer: 'issuer', certificate },
    })
  })

  afterAll(() => tokens.stop())

  afterEach(() => {
    vi.useRealTimers()
  })

  beforeEach(() => {
    tokens.requests.length = 0
    tokens.lifetimeSeconds = 300
    tokens.allowsGet = true
  })

  test('a push requests one token, which names user, service and scope', async () => {
    expect(await push(clientWith(CAROL), registry.host, 'team/app')).toBe('uploaded')
    expect(tokens.requests).toHaveLength(1)
    const { searchParams } = new URL(tokens.requests[0]?.url ?? '', 'http://x')
    expect(Object.fromEntries(searchParams)).toEqual({
      service: 'test service',
      scope: 'repository:team/app:pull,push',
      account: 'carol',
    })
  })

  test('concurrent requests share one token', async () => {
    const client = clientWith(CAROL)
    await Promise.all(['1', '2', '3', '4'].map((text) => push(client, registry.host, 'team/many', Buffer.from(text))))
    expect(tokens.requests.length).toBeLessThanOrEqual(1)
  })

  test('a token whose lifetime has passed is replaced before the next request', async () => {
    const client = clientWith(CAROL)
    tokens.lifetimeSeconds = 60
    await push(client, registry.host, 'team/long', Buffer.from('one'))
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 55_000 })
    await push(client, registry.host, 'team/long', Buffer.from('two'))
    expect(tokens.requests).toHaveLength(2)
  })

  test.each([0.001, 10, 0, -5])(
    'a token with a lifetime of %d s is used for a minute, as by docker',
    async (lifetime) => {
      const client = clientWith(CAROL)
      tokens.lifetimeSeconds = lifetime
      await push(client, registry.host, 'team/short', Buffer.from('one'))
      await push(client, registry.host, 'team/short', Buffer.from('two'))
      expect(tokens.requests).toHaveLength(1)
    },
  )

  test('a token server that refuses GET receives a POST', async () => {
    tokens.allowsGet = false
    expect(await push(clientWith(CAROL), registry.host, 'team/post')).toBe('uploaded')
    expect(tokens.requests.map(({ method }) => method)).toEqual(['GET', 'POST'])
    expect(tokens.requests[1]?.body).toContain('grant_type=password')
  })

  test('an identity token is exchanged with POST', async () => {
    const client = clientWith({ kind: 'identity-token', token: 'the-identity-token' })
    expect(await push(client, registry.host, 'team/identity')).toBe('uploaded')
    expect(tokens.requests.map(({ method }) => method)).toEqual(['POST'])
    const wrong = clientWith({ kind: 'identity-token', token: 'another' })
    await expect(wrong.ping(registry.host)).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' })
  })

  test('a mount requests read access to its source', async () => {
    const client = clientWith(CAROL)
    await push(client, registry.host, 'mount/from', Buffer.from('mounted'))
    const to = parseReference(`${registry.host}/mount/to`)
    const open = () => {
      throw new Error('asked for bytes')
    }
    const mountFrom = ['mount/from']
    expect(await client.pushBlob(to, blobOf(Buffer.from('mounted')), { open, mountFrom })).toBe('mounted')
  })

  test('wrong password, no password and no permission have different errors', async () => {
    const wrong = clientWith({ kind: 'basic', username: 'carol', password: 'hunter2-wrong' })
    await expect(push(wrong, registry.host, 'team/app')).rejects.toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
      message: expect.stringContaining('wrong user name or password for "carol"'),
    })
    const anonymous = clientWith(undefined)
    await expect(push(anonymous, registry.host, 'team/app')).rejects.toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
      message: expect.stringContaining('without login'),
    })
    await expect(push(clientWith(CAROL), registry.host, 'secret/app')).rejects.toMatchObject({
      code: 'REGISTRY_DENIED',
      message: expect.stringContaining('user "carol" has no permission for this repository'),
    })
    expect(await anonymous.hasBlob(parseReference(`${registry.host}/public/app`), blobOf(bytes).digest)).toBe(false)
  })
})

describe('a registry that cannot use the credentials', () => {
  let registry: FaultRegistry
  beforeAll(async () => {
    registry = await startFaultRegistry()
  })

  test.each([
    [undefined, 'without a challenge'],
    ['Digest realm="x", nonce="y"', 'with a challenge of the scheme Digest'],
    ['Bearer service="x"', 'with a challenge of the scheme Bearer'],
  ])('does not count them as wrong after the challenge %s', async (challenge, found) => {
    const headers = challenge === undefined ? {} : { 'www-authenticate': challenge }
    registry.faults.splice(
      0,
      1,
      answering(-1, () => true, 401, { headers }),
    )
    await expect(clientWith(CAROL).ping(registry.host)).rejects.toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
      message: `Cannot log in to "${registry.host}": unauthorized: it returned 401 ${found} (expected Basic, or Bearer with a realm)`,
    })
    expect(registry.requests.filter(({ headers: sent }) => sent.authorization !== undefined)).toEqual([])
  })

  test('does not ask for a login that it could not use', async () => {
    const headers = { 'www-authenticate': 'Negotiate' }
    registry.faults.splice(
      0,
      1,
      answering(-1, () => true, 401, { headers }),
    )
    await expect(clientWith(undefined).ping(registry.host)).rejects.toThrow(/with a challenge of the scheme Negotiate/)
  })

  test('denies access if its token server returns 403, which is not a wrong password', async () => {
    const body = JSON.stringify({ errors: [{ code: 'DENIED', message: 'requested access is denied' }] })
    const isToken = ({ url }: { url?: string | undefined }) => url?.startsWith('/token') === true
    const headers = { 'www-authenticate': `Bearer realm="http://${registry.host}/token",service="x"` }
    registry.faults.splice(
      0,
      1,
      answering(-1, isToken, 403, { body }),
      answering(-1, () => true, 401, { headers }),
    )
    await expect(push(clientWith(CAROL), registry.host, 'team/app')).rejects.toMatchObject({
      code: 'REGISTRY_DENIED',
      message: expect.stringMatching(/refused user "carol" access to this repository .*requested access is denied/),
      hint: expect.stringContaining('permission'),
    })
    await expect(clientWith(CAROL).ping(registry.host)).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' })
  })
})

describe('the responses of a token server', () => {
  let registry: FaultRegistry
  const isToken = ({ url }: { url?: string | undefined }) => url?.startsWith('/token') === true
  beforeAll(async () => {
    registry = await startFaultRegistry()
  })

  /** Requests need the token `right`. */
  function answerToken(failures: number, body: object): void {
    const headers = { 'www-authenticate': `Bearer realm="http://${registry.host}/token",service="x"` }
    registry.faults.splice(
      0,
      registry.faults.length,
      answering(failures, isToken, 503),
      answering(-1, isToken, 200, { body: JSON.stringify(body) }),
      answering(-1, (request) => request.headers.authorization !== 'Bearer right', 401, { headers }),
    )
  }

  test.each([
    { access_token: 'right' },
    { token: '', access_token: 'right' },
    { token: null, access_token: 'right', expires_in: '300', issued_at: 'yesterday' },
    { token: 'right', access_token: '', expires_in: -1 },
  ])('%o has a token', async (body) => {
    answerToken(0, body)
    await clientWith(CAROL).ping(registry.host)
  })

  test('503 is retried as often as that of the registry', async () => {
    answerToken(5, { token: 'right' })
    await clientWith(CAROL).ping(registry.host)
  })
})

function clientWith(credentials: Credentials | undefined): RegistryClient {
  const client = createRegistryClient({ credentials: { find: async () => credentials }, env: {}, retryDelayMs: 1 })
  clients.push(client)
  return client
}

function push(client: RegistryClient, host: string, repository: string, content = bytes): Promise<string> {
  return client.pushBlob(parseReference(`${host}/${repository}`), blobOf(content), { open: opener(content) })
}
