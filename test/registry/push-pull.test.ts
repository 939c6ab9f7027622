import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { digestOf, MediaType, parseReference } from '../../image-spec/index.ts'
import type { RegistryClient } from '../../registry/index.ts'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { anonymousClient, blobOf, collect, opener } from './blob-samples.ts'

let registry: RunningRegistry
let client: RegistryClient

beforeAll(async () => {
  registry = await startRegistry()
  client = anonymousClient()
})

describe('a real registry', () => {
  const sizes: readonly (readonly [string, number])[] = [
    ['an empty blob', 0],
    ['a small blob in one PUT', 1000],
    ['a blob at the limit of one PUT', 8 << 20],
    ['a blob in several chunks', (33 << 20) + 17],
  ]
  for (const [what, size] of sizes) {
    test(`receives ${what} unchanged`, async () => {
      const reference = parseReference(`${registry.host}/sizes/app`)
      const bytes = randomBytes(size)
      const blob = blobOf(bytes)
      const sent: number[] = []
      const pushed = await client.pushBlob(reference, blob, { open: opener(bytes), onProgress: (n) => sent.push(n) })
      expect(pushed).toBe('uploaded')
      if (size > 0) expect(sent.at(-1)).toBe(size)
      expect(await client.pushBlob(reference, blob, { open: opener(bytes) })).toBe('existed')
      expect(await client.hasBlob(reference, blob.digest)).toBe(true)
      expect(digestOf(await collect(client.fetchBlob(reference, blob)))).toBe(blob.digest)
      const half = Math.floor(size / 2)
      const rest = await collect(client.fetchBlob(reference, blob, { offset: half }))
      expect(rest.equals(bytes.subarray(half))).toBe(true)
    })
  }

  test('a blob of another repository is mounted without reading its bytes', async () => {
    const bytes = randomBytes(5000)
    const blob = blobOf(bytes)
    await client.pushBlob(parseReference(`${registry.host}/mount/from`), blob, { open: opener(bytes) })
    const to = parseReference(`${registry.host}/mount/to`)
    const open = () => {
      throw new Error('asked for bytes')
    }
    expect(await client.pushBlob(to, blob, { open, mountFrom: ['mount/from'] })).toBe('mounted')
    expect(await client.hasBlob(to, blob.digest)).toBe(true)
  })

  test('a mount that the registry cannot do becomes an upload', async () => {
    const bytes = randomBytes(5000)
    const to = parseReference(`${registry.host}/mount/other`)
    const mountFrom = ['no/such']
    expect(await client.pushBlob(to, blobOf(bytes), { open: opener(bytes), mountFrom })).toBe('uploaded')
  })

  test('a manifest is returned byte for byte, by tag and by digest', async () => {
    const reference = parseReference(`${registry.host}/manifests/app:v1`)
    const config = Buffer.from(
      JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [] } }),
    )
    await client.pushBlob(reference, blobOf(config), { open: opener(config) })
    const manifest = {
      schemaVersion: 2,
      mediaType: MediaType.ociManifest,
      config: { ...blobOf(config), mediaType: MediaType.ociConfig },
      layers: [],
    }
    const bytes = Buffer.from(JSON.stringify(manifest))
    const digest = await client.pushManifest(reference, { mediaType: MediaType.ociManifest, bytes })
    expect(digest).toBe(digestOf(bytes))
    expect(await client.resolve(reference)).toEqual({ mediaType: MediaType.ociManifest, digest, size: bytes.length })
    const fetched = await client.fetchManifest({ ...reference, digest })
    expect(fetched.kind).toBe('manifest')
    expect(Buffer.from(fetched.bytes).equals(bytes)).toBe(true)
  })

  test('a missing image is REGISTRY_NOT_FOUND and names the image', async () => {
    const reference = parseReference(`${registry.host}/no/such:tag`)
    const refused = expect(client.resolve(reference)).rejects
    await refused.toMatchObject({ code: 'REGISTRY_NOT_FOUND', status: 404 })
    await refused.toThrow(`Cannot pull "${registry.host}/no/such:tag": the registry returned 404: MANIFEST_UNKNOWN`)
  })
})

test('an unreachable registry is REGISTRY_UNAVAILABLE with a hint, without waiting', async () => {
  const gone = await startRegistry()
  await gone.stop()
  const reference = parseReference(`${gone.host}/app:v1`)
  await expect(client.resolve(reference)).rejects.toMatchObject({
    code: 'REGISTRY_UNAVAILABLE',
    message: `Cannot pull "${gone.host}/app:v1": Cannot reach registry "${gone.host}": connection refused (ECONNREFUSED)`,
    hint: 'Check that the registry runs, and its port',
  })
})
