import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Digest, digestOf, type ImageReference, MediaType, parseReference } from '../../image-spec/index.ts'
import type { RegistryClient } from '../../registry/index.ts'
import { type FaultRegistry, startFaultRegistry } from '../support/fault-registry.ts'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { anonymousClient, blobOf, opener } from './blob-samples.ts'

const EMPTY = Buffer.from('{}')
const EMPTY_TYPE = 'application/vnd.oci.empty.v1+json'
const SIGNATURE = 'application/vnd.example.signature'

let client: RegistryClient
beforeAll(() => {
  client = anonymousClient()
})

describe('a registry without the referrers API', () => {
  let registry: RunningRegistry
  beforeAll(async () => {
    registry = await startRegistry()
  })

  test('gets the list under the referrers tag, with artifact type and annotations', async () => {
    const reference = await repositoryAt(registry.host, 'list/app')
    const subject = await pushImage(reference)
    expect(await client.listReferrers(reference, subject.digest)).toEqual([])
    const signed = await client.pushReferrer(reference, referrer(subject, { annotations: { by: 'me' } }))
    const bill = await client.pushReferrer(reference, referrer(subject, { artifactType: 'text/spdx' }))
    const again = await client.pushReferrer(reference, referrer(subject, { artifactType: 'text/spdx' }))
    expect([signed.listedBy, bill.listedBy]).toEqual(['tag', 'tag'])
    expect(again).toEqual(bill)
    expect(signed.descriptor).toMatchObject({ artifactType: SIGNATURE, annotations: { by: 'me' } })
    expect(await client.listReferrers(reference, subject.digest)).toEqual([signed.descriptor, bill.descriptor])
    const filtered = await client.listReferrers(reference, subject.digest, { artifactType: 'text/spdx' })
    expect(filtered).toEqual([bill.descriptor])
    const tag = `sha256-${subject.digest.slice('sha256:'.length)}`
    expect((await client.resolve({ ...reference, tag })).mediaType).toBe(MediaType.ociIndex)
  })

  test('an artifact without a type is listed with the media type of its config', async () => {
    const reference = await repositoryAt(registry.host, 'untyped/app')
    const subject = await pushImage(reference)
    const { descriptor } = await client.pushReferrer(reference, referrer(subject, { artifactType: undefined }))
    expect(descriptor.artifactType).toBe(EMPTY_TYPE)
  })

  test('keeps concurrent additions of one client', async () => {
    const reference = await repositoryAt(registry.host, 'busy/app')
    const subject = await pushImage(reference)
    const pushes = [1, 2, 3].map((n) =>
      client.pushReferrer(reference, referrer(subject, { annotations: { n: `${n}` } })),
    )
    const digests = (await Promise.all(pushes)).map(({ descriptor }) => descriptor.digest)
    const listed = (await client.listReferrers(reference, subject.digest)).map(({ digest }) => digest)
    expect(listed.toSorted()).toEqual(digests.toSorted())
  })

  test('keeps fields of the list that other clients wrote', async () => {
    const reference = await repositoryAt(registry.host, 'foreign/app')
    const subject = await pushImage(reference)
    const tag = `sha256-${subject.digest.slice('sha256:'.length)}`
    const manifests = [{ ...subject, mediaType: MediaType.ociManifest, data: 'e30=', vendor: 1 }]
    const list = { schemaVersion: 2, mediaType: MediaType.ociIndex, manifests, annotations: { kept: 'yes' } }
    await client.pushManifest(
      { ...reference, tag },
      { mediaType: MediaType.ociIndex, bytes: Buffer.from(JSON.stringify(list)) },
    )
    await client.pushReferrer(reference, referrer(subject))
    const { bytes } = await client.fetchManifest({ ...reference, tag })
    expect(JSON.parse(Buffer.from(bytes).toString())).toMatchObject({
      annotations: { kept: 'yes' },
      manifests: [{ data: 'e30=', vendor: 1 }, { artifactType: SIGNATURE }],
    })
  })

  test('an image under the referrers tag is an error that names the tag, and is not replaced', async () => {
    const reference = await repositoryAt(registry.host, 'taken/app')
    const subject = await pushImage(reference)
    const tag = `sha256-${subject.digest.slice('sha256:'.length)}`
    const other = await pushImage({ ...reference, tag })
    await expect(client.pushReferrer(reference, referrer(subject))).rejects.toMatchObject({
      code: 'REGISTRY_BAD_RESPONSE',
      message: `Cannot use the list of referrers "${registry.host}/taken/app:${tag}": found an image manifest (expected an index)`,
    })
    expect((await client.resolve({ ...reference, tag })).digest).toBe(other.digest)
  })

  /** Pushes an artifact with the empty config blob. */
  async function repositoryAt(host: string, name: string): Promise<ImageReference> {
    const reference = parseReference(`${host}/${name}`)
    await client.pushBlob(reference, blobOf(EMPTY), { open: opener(EMPTY) })
    return reference
  }
})

describe('a concurrent writer on another machine', () => {
  test('cannot lose a new entry by overwriting the list', async () => {
    const registry = await startFaultRegistry()
    const reference = parseReference(`${registry.host}/team/app`)
    const subject = await pushImage(reference)
    const first = await client.pushReferrer(reference, referrer(subject))
    const list = `team/app:sha256-${subject.digest.slice('sha256:'.length)}`
    const older = registry.manifests.get(list)
    let reads = 0
    registry.faults.push((request) => {
      const isRead = request.method === 'GET' && request.url?.includes('/manifests/sha256-')
      // The other writer read the list concurrently, and writes its version after this client has written.
      if (isRead && older !== undefined && ++reads === 2) registry.manifests.set(list, older)
      return false
    })
    const second = await client.pushReferrer(reference, referrer(subject, { annotations: { n: '2' } }))
    const listed = await client.listReferrers(reference, subject.digest)
    expect(listed).toEqual([first.descriptor, second.descriptor])
  })
})

describe('conditional writes', () => {
  let registry: FaultRegistry
  beforeAll(async () => {
    registry = await startFaultRegistry()
  })

  test('a list that changed between reading and writing is read again', async () => {
    const reference = parseReference(`${registry.host}/team/app`)
    const subject = await pushImage(reference)
    const first = await client.pushReferrer(reference, referrer(subject))
    const tags: string[] = []
    registry.faults.push((request, response) => {
      if (!request.url?.includes('/manifests/sha256-')) return false
      response.setHeader('etag', '"v1"')
      if (request.method !== 'PUT') return false
      tags.push(String(request.headers['if-match']))
      if (tags.length > 1) return false
      response.writeHead(412).end()
      return true
    })
    const second = await client.pushReferrer(reference, referrer(subject, { annotations: { n: '2' } }))
    expect(tags).toEqual(['"v1"', '"v1"'])
    const listed = await client.listReferrers(reference, subject.digest)
    expect(listed).toEqual([first.descriptor, second.descriptor])
  })
})

describe('a registry with the referrers API', () => {
  test('gets no list if it acknowledges the subject', async () => {
    const registry = await startFaultRegistry()
    registry.faults.push((request, response) => {
      if (request.method === 'PUT') response.setHeader('oci-subject', digestOf('x'))
      return false
    })
    const reference = parseReference(`${registry.host}/team/app`)
    const pushed = await client.pushReferrer(reference, referrer({ ...blobOf(EMPTY), digest: digestOf('x') }))
    expect(pushed.listedBy).toBe('registry')
    expect([...registry.manifests.keys()].filter((name) => name.includes(':sha256-'))).toEqual([])
  })

  const subject = digestOf('subject')
  const at = `/v2/team/app/referrers/${subject}`
  const entry = (artifactType: string): object => ({ ...blobOf(Buffer.from(artifactType)), artifactType })
  const page = (...manifests: readonly object[]): string => JSON.stringify({ schemaVersion: 2, manifests })

  test('all pages are read, and unfiltered results are filtered', async () => {
    const asked = `${at}?artifactType=a%2Fb`
    const next = `${asked}&last=1`
    const pages = {
      [asked]: [page(entry('a/b'), entry('c/d')), `<${next}>; rel="next"`],
      [next]: [page(entry('a/b'))],
    } as const
    expect(await listOf(pages, 'a/b')).toMatchObject([{ artifactType: 'a/b' }, { artifactType: 'a/b' }])
  })

  test.each([
    ['no index', '[]'],
    ['no JSON', '<html>'],
    ['an entry without digest', page({ mediaType: 'x', size: 1 })],
  ])('%s is refused', async (_, body) => {
    await expect(listOf({ [at]: [body] })).rejects.toMatchObject({ code: 'REGISTRY_BAD_RESPONSE' })
  })

  test('an endless list is an error', async () => {
    const endless = { [at]: [page(), `<${at}>; rel="next"`] } as const
    await expect(listOf(endless)).rejects.toMatchObject({ code: 'REGISTRY_BAD_RESPONSE' })
  })

  /** Request → body and link of the response. */
  async function listOf(
    pages: Readonly<Record<string, readonly [body: string, link?: string]>>,
    artifactType?: string,
  ) {
    const server = createServer((request, response) => {
      const [body, link] = pages[request.url ?? ''] ?? ['{}']
      if (link !== undefined) response.setHeader('link', link)
      response.end(body)
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    try {
      const { port } = server.address() as AddressInfo // always the case for a TCP server
      const reference = { host: `127.0.0.1:${port}`, repository: 'team/app' }
      return await client.listReferrers(reference, subject, { artifactType })
    } finally {
      server.close()
    }
  }
})

interface Pushed {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
}

/** An image without layers; tagged `latest` if the reference has no tag. */
async function pushImage(reference: ImageReference): Promise<Pushed> {
  const rootfs = { type: 'layers', diff_ids: [] }
  const config = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs }))
  await client.pushBlob(reference, blobOf(config), { open: opener(config) })
  const mediaType = MediaType.ociManifest
  const head = { schemaVersion: 2, mediaType }
  const named = { ...blobOf(config), mediaType: MediaType.ociConfig }
  const bytes = Buffer.from(JSON.stringify({ ...head, config: named, layers: [] }))
  const digest = await client.pushManifest({ tag: 'latest', ...reference }, { mediaType, bytes })
  return { mediaType, digest, size: bytes.length }
}

function referrer(
  { mediaType, digest, size }: Pushed,
  more: { readonly artifactType?: string | undefined; readonly annotations?: Readonly<Record<string, string>> } = {},
) {
  const config = { ...blobOf(EMPTY), mediaType: EMPTY_TYPE }
  const head = { schemaVersion: 2, mediaType: MediaType.ociManifest, artifactType: SIGNATURE }
  const subject = { mediaType, digest, size }
  return {
    mediaType: MediaType.ociManifest,
    bytes: Buffer.from(JSON.stringify({ ...head, ...more, config, layers: [], subject })),
  }
}
