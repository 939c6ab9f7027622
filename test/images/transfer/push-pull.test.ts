import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { digestOf, MediaType, parseReference } from '../../../image-spec/index.ts'
import { platformImageOf } from '../../../images/documents/prepare-image.ts'
import { createBaseImages } from '../../../images/transfer/open-base-images.ts'
import { pullImage } from '../../../images/transfer/pull-image.ts'
import { pushImage } from '../../../images/transfer/push-image.ts'
import type { RegistryClient } from '../../../registry/index.ts'
import { temporaryStore } from '../../layer-store/temporary-store.ts'
import { anonymousClient } from '../../registry/blob-samples.ts'
import { type RunningRegistry, startRegistry } from '../../support/start-registry.ts'
import { LINUX, makeImage } from './image-samples.ts'

const run = promisify(execFile)
let registry: RunningRegistry
let client: RegistryClient

beforeAll(async () => {
  registry = await startRegistry()
  client = anonymousClient()
})

describe('an image pushed to a real registry', () => {
  for (const mediaTypes of ['oci', 'docker'] as const) {
    test(`is pulled as the same image (${mediaTypes} media types), and skopeo reads it`, async () => {
      const reference = parseReference(`${registry.host}/round/${mediaTypes}:v1`)
      const store = await temporaryStore()
      const image = await makeImage(store, `local/app:${mediaTypes}`, [
        { 'etc/motd': 'hello\n' },
        { 'big.bin': randomBytes(3 << 20), 'etc/issue': 'second\n' },
      ])
      const { digest } = await pushImage({ store, client, reference, images: [platformImageOf(image)], mediaTypes })
      const { repositoryDigests } = await store.images.get(image.id)
      expect(repositoryDigests).toEqual([`${registry.host}/round/${mediaTypes}@${digest}`])
      await expectSkopeoReads(reference.repository, digest)

      const other = await temporaryStore()
      const progress: string[] = []
      const onProgress = (id: string, done: number, total: number | undefined) =>
        progress.push(`${id} ${done}/${total}`)
      const pulled = await pullImage({ store: other, client, reference, platform: LINUX, onProgress })
      expect(pulled.id).toBe(image.id)
      expect(pulled.tags).toEqual([`${registry.host}/round/${mediaTypes}:v1`])
      expect(pulled.repositoryDigests).toEqual(repositoryDigests)
      expect(progress.some((line) => /^[0-9a-f]{12} 0\/\d+$/.test(line))).toBe(true)
      const [top = '', bottom = ''] = await other.layers.trees(pulled.chain)
      expect(await readFile(join(bottom, 'etc/motd'), 'utf8')).toBe('hello\n')
      expect(await readFile(join(top, 'etc/issue'), 'utf8')).toBe('second\n')
    })
  }

  test('is not pushed twice, and layers of another repository are mounted', async () => {
    const store = await temporaryStore()
    const image = await makeImage(store, 'local/app:again', [{ a: randomBytes(1000) }, { b: randomBytes(1000) }])
    const outcomes: string[] = []
    const watched: RegistryClient = {
      ...client,
      pushBlob: async (...parameters) => {
        const outcome = await client.pushBlob(...parameters)
        outcomes.push(outcome)
        return outcome
      },
    }
    const push = (name: string) =>
      pushImage({
        store,
        client: watched,
        reference: parseReference(`${registry.host}/${name}`),
        images: [platformImageOf(image)],
      })
    await push('again/one')
    expect(outcomes.splice(0)).toEqual(['uploaded', 'uploaded', 'uploaded'])
    await push('again/one')
    expect(outcomes.splice(0)).toEqual(['existed', 'existed', 'existed'])
    await push('again/two')
    expect(outcomes.splice(0)).toEqual(['mounted', 'mounted', 'mounted'])
  })

  test('is mounted without a check, and uploaded again if the registry has lost it', async () => {
    const store = await temporaryStore()
    const image = await makeImage(store, 'local/app:lost', [{ a: randomBytes(1000) }])
    const push = (name: string) => {
      const reference = parseReference(`${registry.host}/${name}`)
      return pushImage({ store, client, reference, images: [platformImageOf(image)] })
    }
    await push('lost/one')
    const before = registry.log().length
    await push('lost/two')
    expect(registry.log().slice(before)).not.toContain('"HEAD /v2/lost/two/blobs/')
    await rm(join(registry.directory, 'data/docker/registry/v2/repositories/lost/two/_layers'), { recursive: true })
    await push('lost/two')
    expect(await client.hasBlob(parseReference(`${registry.host}/lost/two`), image.id)).toBe(true)
  })

  test('is selected by platform from an index, and a missing platform is reported with the available ones', async () => {
    const store = await temporaryStore()
    const image = await makeImage(store, 'local/app:multi', [{ a: 'x' }])
    const reference = parseReference(`${registry.host}/multi:v1`)
    const { digest } = await pushImage({ store, client, reference, images: [platformImageOf(image)] })
    const { size } = await client.resolve({ ...reference, digest })
    const entry = {
      mediaType: MediaType.ociManifest,
      digest,
      size,
      platform: { os: 'linux', architecture: 'arm', variant: 'v6' },
    }
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MediaType.ociIndex, manifests: [entry] }))
    await client.pushManifest(reference, { mediaType: MediaType.ociIndex, bytes })
    const other = await temporaryStore()
    const platform = { os: 'linux', architecture: 'arm', variant: 'v7' }
    const pulled = await pullImage({ store: other, client, reference, platform })
    expect(pulled.id).toBe(image.id)
    expect(pulled.repositoryDigests).toEqual([`${registry.host}/multi@${digestOf(bytes)}`])
    const empty = await temporaryStore()
    await expect(pullImage({ store: empty, client, reference, platform: LINUX })).rejects.toMatchObject({
      code: 'REGISTRY_NO_PLATFORM',
      message: `Cannot pull "${registry.host}/multi:v1" for linux/amd64: the image has linux/arm/v6`,
    })
  })

  test('and copied by skopeo can be pulled', async () => {
    const store = await temporaryStore()
    const image = await makeImage(store, 'local/app:skopeo', [{ a: 'x' }])
    await pushImage({
      store,
      client,
      reference: parseReference(`${registry.host}/copy/from:v1`),
      images: [platformImageOf(image)],
    })
    const [from, to] = ['from', 'to'].map((name) => `docker://${registry.host}/copy/${name}:v1`)
    await run('skopeo', ['copy', '--src-tls-verify=false', '--dest-tls-verify=false', '-q', from ?? '', to ?? ''])
    const other = await temporaryStore()
    const reference = parseReference(`${registry.host}/copy/to:v1`)
    expect((await pullImage({ store: other, client, reference, platform: LINUX })).id).toBe(image.id)
  })
})

describe('createBaseImages()', () => {
  test('contacts no registry for a local image, and pulls a missing one once', async () => {
    const store = await temporaryStore()
    const image = await makeImage(store, 'docker.io/library/app:v1', [{ a: 'base' }])
    const { signal } = new AbortController()
    const withoutBases = createBaseImages({
      store,
      registry: () => {
        throw new Error('asked the registry')
      },
    })
    const request = { reference: 'app:v1', platform: LINUX, pull: 'missing' as const }
    const found = await withoutBases.resolve(request, signal)
    expect(found).toMatchObject({ name: 'docker.io/library/app:v1', id: image.id })
    expect(await withoutBases.chain(found, () => {}, signal)).toEqual(image.chain)
    expect(await withoutBases.resolve({ ...request, pull: 'never' }, signal)).toMatchObject({ id: image.id })
    await expect(
      withoutBases.resolve({ ...request, reference: 'absent', pull: 'never' }, signal),
    ).rejects.toMatchObject({
      code: 'STORE_IMAGE_MISSING',
      message:
        'Cannot find image "docker.io/library/absent:latest" for linux/amd64: not in the store, and pulling is disabled',
    })

    const reference = parseReference(`${registry.host}/base:v1`)
    await pushImage({ store, client, reference, images: [platformImageOf(image)] })
    const other = await temporaryStore()
    const bases = createBaseImages({ store: other, registry: async () => client })
    const remote = await bases.resolve({ ...request, reference: `${registry.host}/base:v1` }, signal)
    expect(remote.id).toBe(image.id)
    expect(await other.images.list()).toEqual([]) // layers are fetched only on demand
    expect(await bases.chain(remote, () => {}, signal)).toHaveLength(1)
    expect((await other.images.findAllByReference(`${registry.host}/base:v1`))[0]).toMatchObject({ id: image.id })
  })
})

async function expectSkopeoReads(repository: string, digest: string): Promise<void> {
  const source = `docker://${registry.host}/${repository}:v1`
  const { stdout } = await run('skopeo', ['inspect', '--tls-verify=false', source])
  expect(JSON.parse(stdout)).toMatchObject({ Digest: digest, Architecture: 'amd64', Os: 'linux' })
  const folder = await mkdtemp(join(tmpdir(), 'tsbuild-skopeo-'))
  try {
    await run('skopeo', ['copy', '-q', '--src-tls-verify=false', source, `oci:${folder}/copy:v1`])
  } finally {
    await rm(folder, { recursive: true })
  }
}
