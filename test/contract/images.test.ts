import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { digestOf, MediaType, printImageConfig } from '../../image-spec/index.ts'
import type { Image, LayerStore } from '../../layer-store/index.ts'
import { configOf, tarBytes, tarLayer, treeLayer } from '../layer-store/layer-samples.ts'
import { temporaryStore } from '../layer-store/temporary-store.ts'

const REFERENCE = 'docker.io/library/hello:latest'

describe('images', () => {
  test('are stored by the digest of their configuration, repeatably', async () => {
    const store = await temporaryStore()
    const layer = await tarLayer(store, 'copy')
    const config = await configOf(store, [layer])
    const image = await store.images.put(config, [layer.id])
    expect(image.id).toBe(digestOf(printImageConfig(config)))
    expect(image).toMatchObject({ config, chain: [layer.id] })
    expect(await store.images.put(config, [layer.id])).toEqual(image)
    const names = { tags: [], repositoryDigests: [] }
    expect(await store.images.get(image.id)).toEqual({ ...image, ...names, sizeBytes: tarBytes('copy').length })
    expect(await store.images.list()).toEqual([{ ...image, ...names, sizeBytes: tarBytes('copy').length }])
  })

  test('keep the bytes of their configuration', async () => {
    const store = await temporaryStore()
    const bytes = Buffer.from('{"os":"linux", "architecture":"amd64", "rootfs":{"type":"layers"}, "unknown": 1}')
    const image = await store.images.put(bytes, [])
    expect(image.id).toBe(digestOf(bytes))
    expect((await store.blobs.read(image.id)).equals(bytes)).toBe(true)
  })

  test('with a configuration that is too large to be read are refused, and the others are listed', async () => {
    const store = await temporaryStore()
    const config = await configOf(store, [])
    const large = { ...config, config: { Env: [`A=${'x'.repeat(4 << 20)}`] } }
    await expect(store.images.put(large, [])).rejects.toMatchObject({
      code: 'STORE_BAD_DOCUMENT',
      message: expect.stringMatching(
        /^Cannot store image "sha256:[0-9a-f]{64}": its configuration has \d+ bytes \(at most 4194304\)$/,
      ),
    })
    const { id } = await store.images.put(config, [])
    expect((await store.images.list()).map((image) => image.id)).toEqual([id])
  })

  test('whose layers were lost are repaired by storing them again', async () => {
    const store = await temporaryStore()
    const layer = await tarLayer(store, 'copy')
    const config = await configOf(store, [layer])
    await store.images.put(config, [layer.id])
    await rm(join(store.root, 'layers', layer.id), { recursive: true })
    const again = await tarLayer(store, 'copy')
    expect((await store.images.put(config, [again.id])).chain).toEqual([again.id])
  })

  test('whose chain does not match the configuration are refused', async () => {
    const store = await temporaryStore()
    const [one, two] = [await treeLayer(store, 'one'), await treeLayer(store, 'two')]
    const config = await configOf(store, [one])
    await expect(store.images.put(config, [two.id])).rejects.toMatchObject({ code: 'STORE_BAD_DOCUMENT' })
    expect(await store.images.list()).toEqual([])
  })

  test('are found by tag, ID and unambiguous prefix', async () => {
    const store = await temporaryStore()
    const [image] = await twoImages(store)
    await store.images.tag(image.id, REFERENCE)
    expect((await store.images.findAllByReference(REFERENCE))[0]?.id).toBe(image.id)
    expect((await store.images.findById(image.id))?.tags).toEqual([REFERENCE])
    expect((await store.images.findById(image.id.slice(7, 19)))?.id).toBe(image.id)
    expect((await store.images.findAllByReference('docker.io/library/other:latest'))[0]).toBeUndefined()
    for (const text of ['', 'sha256:', '../x', 'zz', 'f'.repeat(65)]) {
      expect(await store.images.findById(text)).toBeUndefined()
    }
  })

  test('are not found by an ambiguous prefix', async () => {
    const store = await temporaryStore()
    for (let count = 0; count < 17; count += 1) await store.images.put(emptyConfig(`author ${count}`), [])
    const first = (await store.images.list()).map(({ id }) => id.slice(7, 8))
    const shared = first.find((digit, index) => first.indexOf(digit) !== index) ?? ''
    await expect(store.images.findById(shared)).rejects.toMatchObject({ code: 'STORE_AMBIGUOUS_ID' })
  })

  test('lose a tag to the image that was tagged last', async () => {
    const store = await temporaryStore()
    const [one, two] = await twoImages(store)
    const { images } = store
    await images.tag(one.id, REFERENCE)
    await images.tag(two.id, REFERENCE)
    expect((await images.get(one.id)).tags).toEqual([])
    expect((await images.findAllByReference(REFERENCE))[0]?.id).toBe(two.id)
    expect(await images.untag(REFERENCE)).toBe(true)
    expect(await images.untag(REFERENCE)).toBe(false)
    expect((await images.findAllByReference(REFERENCE))[0]).toBeUndefined()
  })

  test('of several platforms share a name, until one of them or the name is removed', async () => {
    const store = await temporaryStore()
    const [one, two] = await twoImages(store)
    await store.images.tag([one.id, two.id], REFERENCE)
    const idsOf = async (name: string) => (await store.images.findAllByReference(name)).map(({ id }) => id)
    expect(await idsOf(REFERENCE)).toEqual([one.id, two.id])
    expect((await store.images.findAllByReference(REFERENCE))[0]?.id).toBe(one.id)
    expect((await store.images.list()).map(({ tags }) => tags)).toEqual([[REFERENCE], [REFERENCE]])
    await store.images.remove(one.id)
    expect(await idsOf(REFERENCE)).toEqual([two.id])
    expect(await store.images.untag(REFERENCE)).toBe(true)
    expect((await store.images.get(two.id)).tags).toEqual([])
  })

  test('have distinct names, even if these differ only after a very long prefix', async () => {
    const store = await temporaryStore()
    const [one, two] = await twoImages(store)
    const long = `docker.io/${'a/'.repeat(110)}x`
    await store.images.tag(one.id, `${long}:one`)
    await store.images.tag(two.id, `${long}:two`)
    expect((await store.images.findAllByReference(`${long}:one`))[0]?.id).toBe(one.id)
    expect((await store.images.findAllByReference(`${long}:two`))[0]?.id).toBe(two.id)
  })

  test('remember their digests in repositories', async () => {
    const store = await temporaryStore()
    const [image] = await twoImages(store)
    await store.images.addRepositoryDigest(image.id, 'docker.io/library/hello', digestOf('manifest'))
    const name = `docker.io/library/hello@${digestOf('manifest')}`
    expect((await store.images.get(image.id)).repositoryDigests).toEqual([name])
    expect((await store.images.findAllByReference(name))[0]?.id).toBe(image.id)
  })

  test('of one index keep its digest, in whatever order they were stored, and are tagged together', async () => {
    const store = await temporaryStore()
    const [one, two] = await twoImages(store)
    const name = `docker.io/library/hello@${digestOf('index')}`
    for (const { id } of [one, two]) {
      await store.images.addRepositoryDigest(id, 'docker.io/library/hello', digestOf('index'))
      await store.images.tagAs(name, REFERENCE)
    }
    expect((await store.images.findAllByReference(REFERENCE)).map(({ id }) => id)).toEqual([one.id, two.id])
    await expect(store.images.tagAs('docker.io/library/none@x', REFERENCE)).rejects.toMatchObject({
      code: 'STORE_IMAGE_MISSING',
    })
  })

  test('are removed with their names, unless a container uses them', async () => {
    const store = await temporaryStore()
    const [image] = await twoImages(store)
    await store.images.tag(image.id, REFERENCE)
    for (const isUp of [false, true]) {
      await expect(store.images.remove(image.id, [{ name: 'web', isUp }])).rejects.toMatchObject({
        code: 'STORE_IMAGE_IN_USE',
        hint: `Remove its containers: tsbuild rm ${isUp ? '-f ' : ''}web`,
      })
    }
    await store.images.remove(image.id)
    expect((await store.images.findAllByReference(REFERENCE))[0]).toBeUndefined()
    expect(await store.images.findById(image.id)).toBeUndefined()
    await expect(store.images.get(image.id)).rejects.toMatchObject({ code: 'STORE_IMAGE_MISSING' })
    await expect(store.images.tag(image.id, REFERENCE)).rejects.toMatchObject({ code: 'STORE_IMAGE_MISSING' })
  })

  test.each([
    ['oci', MediaType.ociManifest, MediaType.ociConfig],
    ['docker', MediaType.dockerManifest, MediaType.dockerConfig],
  ] as const)('have a manifest with %s media types', async (mediaTypes, manifestType, configType) => {
    const store = await temporaryStore()
    const layer = await treeLayer(store, 'run')
    const image = await store.images.put(await configOf(store, [layer]), [layer.id])
    const blob = await store.layers.blob([layer.id], { algorithm: 'gzip', mediaTypes })
    const { descriptor, manifest } = await store.images.manifest(image.id, [blob], { mediaTypes })
    expect(descriptor.mediaType).toBe(manifestType)
    expect(JSON.parse((await store.blobs.read(descriptor.digest)).toString())).toEqual(manifest)
    expect(manifest).toMatchObject({ layers: [blob], config: { mediaType: configType, digest: image.id } })
  })
})

async function twoImages(store: LayerStore): Promise<readonly [Image, Image]> {
  return [await store.images.put(emptyConfig('one'), []), await store.images.put(emptyConfig('two'), [])]
}

function emptyConfig(author: string) {
  return { architecture: 'amd64', os: 'linux', author, rootfs: { type: 'layers', diff_ids: [] } } as const
}
