import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Descriptor, digestOf, MediaType, parseReference } from '../../image-spec/index.ts'
import { pullImage } from '../../images/transfer/pull-image.ts'
import type { RegistryClient } from '../../registry/index.ts'
import { temporaryStore } from '../layer-store/temporary-store.ts'
import {
  type Aim,
  answeringOldHttp,
  closingWithoutLength,
  damaging,
  dripping,
  lengthening,
  mistyping,
  resetting,
  showingPage,
  truncating,
} from '../support/answer-faults.ts'
import { answering, type Fault, type FaultRegistry, startFaultRegistry } from '../support/fault-registry.ts'
import { rawTar } from '../support/raw-tar.ts'
import { startTokenRegistry, type TokenRegistry } from '../support/token-registry.ts'
import { anonymousClient, blobOf, opener } from './blob-samples.ts'

const LAYER = rawTar([{ name: 'large', data: randomBytes(3 << 20) }])
const CHUNKED = randomBytes(40 << 20)
const SMALL = rawTar([{ name: 'small', data: randomBytes(50_000) }])
const PLATFORM = { os: 'linux', architecture: 'amd64' } as const

let registry: TokenRegistry
let elsewhere: FaultRegistry
let client: RegistryClient
let config: Descriptor
let manifest: Buffer

beforeEach(async () => {
  registry = await startTokenRegistry()
  elsewhere = await startFaultRegistry()
  client = anonymousClient({ retries: 3 })
  const document = {
    ...PLATFORM,
    rootfs: { type: 'layers', diff_ids: [digestOf(LAYER), digestOf(SMALL)] },
    history: [],
  }
  const configBytes = Buffer.from(JSON.stringify(document))
  config = { mediaType: MediaType.ociConfig, digest: digestOf(configBytes), size: configBytes.length }
  const layers = [blobOf(LAYER), blobOf(SMALL)]
  manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers }))
  for (const at of [registry, elsewhere])
    for (const bytes of [LAYER, SMALL, configBytes]) at.blobs.set(digestOf(bytes), bytes)
  registry.manifests.set('team/app:v1', { type: MediaType.ociManifest, bytes: manifest })
  elsewhere.manifests.set('team/app:v1', { type: MediaType.ociManifest, bytes: manifest })
})

interface Operation {
  readonly run: () => Promise<void>
  readonly matches: (request: IncomingMessage) => boolean
  /** What an error must name in addition to the host. */
  readonly names: () => readonly string[]
}

/** Requests before there is a token are not matched. */
const asks = (method: string, path: string) => (request: IncomingMessage) => {
  const isMeant = request.headers.authorization !== undefined || path === '/token'
  return request.method === method && isMeant && request.url?.includes(path) === true
}

/** Both publish a result only if it is correct. */
const pull = async () => {
  const store = await temporaryStore()
  const image = await pullImage({ store, client, reference: app(), platform: PLATFORM }).catch(async (failure) => {
    expect(await store.images.list()).toEqual([])
    throw failure
  })
  expect(image.id).toBe(config.digest)
  for (const bytes of [LAYER, SMALL])
    expect(Buffer.compare(await store.blobs.read(digestOf(bytes), 8 << 20), bytes)).toBe(0)
}

const push = async (bytes: Buffer) => {
  await client.pushBlob(app(), blobOf(bytes), { open: opener(bytes) })
  expect(registry.blobs.get(digestOf(bytes))?.equals(bytes)).toBe(true)
}

const pulls: Readonly<Record<string, Operation>> = {
  'pull manifest': { run: pull, matches: asks('GET', '/manifests/'), names: () => ['team/app:v1'] },
  'pull config': {
    run: pull,
    matches: (request) => asks('GET', `/blobs/${config.digest}`)(request),
    names: () => ['team/app', config.digest],
  },
  'pull small layer': {
    run: pull,
    matches: asks('GET', `/blobs/${digestOf(SMALL)}`),
    names: () => ['team/app', digestOf(SMALL)],
  },
  'pull large layer': {
    run: pull,
    matches: asks('GET', `/blobs/${digestOf(LAYER)}`),
    names: () => ['team/app', digestOf(LAYER)],
  },
}

const fresh = randomBytes(60_000)
const pushManifest = async () => {
  const pushed = await client.pushManifest(app(), { mediaType: MediaType.ociManifest, bytes: manifest })
  expect(registry.manifests.get(`team/app@${pushed}`)?.bytes.equals(manifest)).toBe(true)
}
const pushes: Readonly<Record<string, Operation>> = {
  'look for a blob': blobPush('HEAD', '/blobs/sha256', fresh),
  'start an upload': blobPush('POST', '/uploads/', fresh),
  'send a small blob': blobPush('PUT', '/uploads/', fresh),
  'send a chunk': blobPush('PATCH', '/uploads/', CHUNKED),
  'end a chunked upload': blobPush('PUT', '/uploads/', CHUNKED),
  'push manifest': { run: pushManifest, matches: asks('PUT', '/manifests/'), names: () => ['team/app:v1'] },
}
const tokens: Readonly<Record<string, Operation>> = {
  'ask for a token': { run: pushManifest, matches: asks('GET', '/token'), names: () => [] },
}

function blobPush(method: string, path: string, bytes: Buffer): Operation {
  return { run: () => push(bytes), matches: asks(method, path), names: () => ['team/app', digestOf(bytes)] }
}

/** Faults that a retry repairs. */
const repaired: Readonly<Record<string, (aim: Aim) => Fault>> = {
  'reset once': resetting,
  'cut off once': truncating,
  '408 once': ({ matches }) => answering(1, matches, 408),
  '429 once': ({ matches }) => answering(1, matches, 429),
  '429 once, with Retry-After': ({ matches }) => answering(1, matches, 429, { headers: { 'retry-after': '0' } }),
  '500 twice': ({ matches }) => answering(2, matches, 500),
  '502 page once': (aim) => showingPage(aim, 502),
  '503 once': ({ matches }) => answering(1, matches, 503),
  'slow drip': dripping,
  'HTTP/1.0': answeringOldHttp,
  'closed without length': closingWithoutLength,
}

const lasting: readonly (readonly [string, (aim: Aim) => Fault, RegExp])[] = [
  ['always reset', resetting, /^REGISTRY_UNAVAILABLE$/],
  ['always 500', ({ matches }) => answering(-1, matches, 500), /^REGISTRY_UNAVAILABLE$/],
  ['always 429', ({ matches }) => answering(-1, matches, 429), /^REGISTRY_TOO_MANY_REQUESTS$/],
  ['always 403', ({ matches }) => answering(-1, matches, 403), /^REGISTRY_(DENIED|UNAUTHORIZED)$/],
  ['an HTML page with status 200', (aim) => showingPage(aim, 200), /^REGISTRY_BAD_RESPONSE$/],
]

describe.each(Object.entries({ ...pulls, ...pushes, ...tokens }))('%s', (operationName, operation) => {
  test.each(Object.entries(repaired))('succeeds after %s', async (_name, fault) => {
    registry.faults.unshift(fault({ times: 1, matches: operation.matches }))
    await operation.run()
  })
  // A look-up that keeps failing becomes an upload.
  const isMeant = ([name]: (typeof lasting)[number]) =>
    operationName !== 'look for a blob' || (name !== 'always 500' && name !== 'always reset')
  test.each(lasting.filter(isMeant))('%s is one clear error', async (_name, fault, code) => {
    registry.faults.unshift(fault({ times: -1, matches: operation.matches }))
    await failsClearly(operation, code)
  })
})

describe.each(Object.entries({ ...pulls, ...pushes }))('%s', (_, operation) => {
  test('succeeds after a single 401', async () => {
    await client.hasBlob(app(), digestOf(SMALL))
    await client.pushBlob(app(), blobOf(SMALL), { open: opener(SMALL) })
    let isMet = false
    registry.faults.unshift((request) => {
      if (!isMet && operation.matches(request)) {
        isMet = true
        registry.revoke()
      }
      return false
    })
    await operation.run()
    expect(registry.given()).toBeGreaterThan(1)
  })
  test('repeated 401 is one clear error', async () => {
    registry.faults.unshift((request) => {
      if (operation.matches(request)) registry.revoke()
      return false
    })
    // Another transfer of the same image may be refused first.
    await failsClearly({ ...operation, names: () => [] }, /^REGISTRY_UNAUTHORIZED$/)
  })
})

describe.each(Object.entries(pulls))('%s', (_, operation) => {
  test.each([
    ['wrong bytes once', damaging],
    ['a wrong content type', mistyping],
  ])('succeeds after %s', async (_name, fault) => {
    registry.faults.unshift(fault({ times: 1, matches: operation.matches }))
    await operation.run()
  })
  test.each([
    ['wrong bytes', damaging, /^REGISTRY_DIGEST_MISMATCH$/],
    ['more bytes', lengthening, /^REGISTRY_(BAD_RESPONSE|DIGEST_MISMATCH)$/],
    ['cut off', truncating, /^REGISTRY_UNAVAILABLE$/],
  ])('always %s is one clear error', async (_name, fault, code) => {
    registry.faults.unshift(fault({ times: -1, matches: operation.matches }))
    await failsClearly(operation, code)
  })
  test('follows a redirect to another host without sending the token there', async () => {
    registry.faults.unshift((request, response) => {
      if (!operation.matches(request)) return false
      response.writeHead(307, { location: `http://${elsewhere.host}${request.url}` }).end()
      return true
    })
    await operation.run()
    expect(elsewhere.requests.length).toBeGreaterThan(0)
    for (const { headers } of elsewhere.requests) expect(headers.authorization).toBeUndefined()
  })
})

describe('a blob whose size differs from its manifest', () => {
  test.each([1, -1, 1 << 20])('by %d bytes fails immediately', async (off) => {
    const large = { ...blobOf(LAYER), size: LAYER.length + off }
    const bytes = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers: [large, blobOf(SMALL)] }),
    )
    registry.manifests.set('team/app:v1', { type: MediaType.ociManifest, bytes })
    await failsClearly({ run: pull, matches: () => false, names: () => ['team/app', digestOf(LAYER)] }, /BAD_RESPONSE$/)
    expect(registry.requests.filter(asked(`/blobs/${digestOf(LAYER)}`)).length).toBeLessThanOrEqual(2)
  })
})

test('a registry that refuses HEAD is queried with GET, and no blob is sent twice', async () => {
  registry.faults.unshift(answering(-1, ({ method }) => method === 'HEAD', 405))
  expect((await client.resolve(app())).digest).toBe(digestOf(manifest))
  expect(await client.pushBlob(app(), blobOf(SMALL), { open: opener(SMALL) })).toBe('existed')
  expect(await client.pushBlob(app(), blobOf(fresh), { open: opener(fresh) })).toBe('uploaded')
})

test('a registry that fails at HEAD gets a GET at once', async () => {
  const isManifest = (request: IncomingMessage) => request.url?.includes('/manifests/') === true
  registry.faults.unshift(answering(-1, (request) => request.method === 'HEAD' && isManifest(request), 500))
  expect((await client.resolve(app())).digest).toBe(digestOf(manifest))
  expect(registry.requests.filter(({ method }) => method === 'HEAD')).toHaveLength(1)
})

test.each([SMALL.subarray(1), CHUNKED])('an upload whose bytes were damaged is sent once more', async (bytes) => {
  registry.faults.unshift(
    answering(1, (request) => request.method === 'PUT' && request.url?.includes('/uploads/') === true, 400, {
      body: JSON.stringify({ errors: [{ code: 'DIGEST_INVALID', message: 'provided digest did not match' }] }),
    }),
  )
  await push(Buffer.from(bytes))
})

test.each(['PATCH', 'PUT'])('an upload session that is lost at %s is restarted', async (method) => {
  const body = JSON.stringify({ errors: [{ code: 'BLOB_UPLOAD_UNKNOWN', message: 'blob upload unknown' }] })
  registry.faults.unshift(answering(1, (request) => request.method === method, 404, { body }))
  await push(CHUNKED)
})

test('a password that was accepted before is retried once', async () => {
  const basic = await startFaultRegistry()
  const password = anonymousClient({
    credentials: { find: async () => ({ kind: 'basic', username: 'carol', password: 'secret' }) },
  })
  basic.faults.push((request, response) => {
    if (request.headers.authorization !== undefined) return false
    response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end()
    return true
  })
  const reference = parseReference(`${basic.host}/app`)
  await password.pushBlob(reference, blobOf(SMALL), { open: opener(SMALL) })
  basic.faults.unshift(answering(1, () => true, 401, { headers: { 'www-authenticate': 'Basic realm="test"' } }))
  await password.pushBlob(reference, blobOf(fresh), { open: opener(fresh) })
  basic.faults.unshift(answering(-1, () => true, 401, { headers: { 'www-authenticate': 'Basic realm="test"' } }))
  await expect(password.hasBlob(reference, digestOf(fresh))).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' })
})

async function failsClearly(operation: Operation, code: RegExp): Promise<void> {
  const failure = await operation.run().then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(failure).toBeInstanceOf(Error)
  const { message, hint, code: found } = failure as Error & { code: string; hint: string }
  expect(found).toMatch(code)
  for (const name of [registry.host, ...operation.names()]) expect(message).toContain(name)
  expect(message).toMatch(/^Cannot [a-z ]+ "/)
  expect(hint ?? '', message).toMatch(/^[A-Z]/)
  expect(message).not.toMatch(/token-\d/)
}

function asked(path: string) {
  return ({ url }: { readonly url: string }) => url.includes(path)
}

function app() {
  return parseReference(`${registry.host}/team/app:v1`)
}
