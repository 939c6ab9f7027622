import { execFile, execFileSync } from 'node:child_process'
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { importTree } from '../../../images/archives/import-tree.ts'
import { loadArchive } from '../../../images/archives/load-archive.ts'
import { saveImages } from '../../../images/archives/save-images.ts'
import { exportArchive } from '../../../images/archives/to-archive.ts'
import { platformImageOf, prepareImage } from '../../../images/documents/prepare-image.ts'
import { exportLayout } from '../../../images/layouts/to-layout.ts'
import type { ImageRecord, LayerStore } from '../../../layer-store/index.ts'
import { openNative } from '../../../sandbox-native/driver/index.ts'
import { temporaryRoot, temporaryStore } from '../../layer-store/temporary-store.ts'
import { busyboxImage, busyboxTar, NAME, platform } from './busybox-image.ts'

const run = promisify(execFile)
const trees = openNative().trees

describe('an OCI layout', () => {
  test('is read by skopeo and unpacked by umoci', async () => {
    const { store, image, folder } = await start()
    const destination = join(folder, 'layout')
    const manifest = await exportLayout({ store, image: named(image), destination })
    const seen = await skopeo('inspect', `oci:${destination}:v1`)
    expect(seen).toMatchObject({ Digest: manifest.digest, Architecture: 'amd64', Os: 'linux' })
    await run('skopeo', ['copy', '--insecure-policy', `oci:${destination}:v1`, `dir:${join(folder, 'copy')}`])
    await run('umoci', ['unpack', '--image', `${destination}:v1`, join(folder, 'bundle')])
    expect(await readFile(join(folder, 'bundle/rootfs/hello'), 'utf8')).toBe('hello')
    expect(await readFile(join(folder, 'bundle/rootfs/bin/busybox'))).toEqual(await readFile('/bin/busybox'))
  })

  test('that exists gains an image, and replaces one of the same name', async () => {
    const { store, image, folder } = await start()
    const found = (await store.images.findAllByReference('docker.io/library/busybox:latest'))[0]
    const base = await store.images.get(found?.id ?? image.id)
    await exportLayout({ store, image: named(base), destination: folder })
    await exportLayout({ store, image: { ...named(base), references: [NAME] }, destination: folder })
    await exportLayout({ store, image: named(image), destination: folder })
    const index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'))
    expect(index.manifests).toHaveLength(2)
    expect(await skopeo('inspect', '--config', `oci:${folder}:v1`)).toMatchObject({ history: image.config.history })
    expect(await skopeo('inspect', '--config', `oci:${folder}:latest`)).toMatchObject({ history: base.config.history })
  })

  test('is not written into a directory with a foreign index.json', async () => {
    const { store, image, folder } = await start()
    await writeFile(join(folder, 'index.json'), '{"name":"my web site"}')
    await expect(exportLayout({ store, image: named(image), destination: folder })).rejects.toMatchObject({
      code: 'ARCHIVE_WRITE_FAILED',
    })
    expect(await readFile(join(folder, 'index.json'), 'utf8')).toBe('{"name":"my web site"}')
  })
})

describe('an archive', () => {
  test.each([
    ['oci', 'oci-archive'],
    ['docker', 'docker-archive'],
  ] as const)('of type %s is read by skopeo as %s', async (format, transport) => {
    const { store, image, folder } = await start()
    const destination = join(folder, 'image.tar')
    await exportArchive({ store, images: [named(image)], format, destination })
    const seen = await skopeo('inspect', '--config', `${transport}:${destination}`)
    expect(seen).toMatchObject({ rootfs: image.config.rootfs, history: image.config.history })
    await run('skopeo', ['copy', '--insecure-policy', `${transport}:${destination}`, `dir:${join(folder, 'copy')}`])
    expect(await readdir(folder)).toEqual(['copy', 'image.tar'])
  })

  test('has the same bytes every time', async () => {
    const { store, image, folder } = await start()
    for (const name of ['one', 'two']) {
      await exportArchive({ store, images: [named(image)], format: 'docker', destination: join(folder, name) })
    }
    expect((await readFile(join(folder, 'one'))).equals(await readFile(join(folder, 'two')))).toBe(true)
  })

  test.each(['archive', 'layout'])('reports the compression progress of each layer of an %s once', async (kind) => {
    const { store, image, folder } = await start()
    const reported: [string, number, number | undefined][] = []
    const onProgress = (...progress: [string, number, number | undefined]) => reported.push(progress)
    const write = (name: string) =>
      kind === 'archive'
        ? exportArchive({ store, images: [named(image)], format: 'oci', destination: join(folder, name), onProgress })
        : exportLayout({ store, image: named(image), destination: join(folder, name), onProgress })
    await write('first')
    const [first] = reported
    const [name, doneBytes, totalBytes] = reported.at(-1) ?? []
    expect(first?.[0]).toMatch(/^Compressing [0-9a-f]{12}$/)
    expect(name).toMatch(/^Compressing [0-9a-f]{12}$/)
    expect(doneBytes).toBe(totalBytes)
    reported.length = 0
    await write('second')
    expect(reported).toEqual([])
  })

  test('is written to a stream, which remains open', async () => {
    const { store, image } = await start()
    const output = new PassThrough()
    const chunks: Buffer[] = []
    output.on('data', (chunk: Buffer) => chunks.push(chunk))
    await exportArchive({ store, images: [named(image)], format: 'oci', destination: output })
    expect(output.writableEnded).toBe(false)
    const listing = execFileSync('tar', ['-t'], { input: Buffer.concat(chunks), encoding: 'utf8' })
    expect(listing.split('\n')).toContain('index.json')
  })

  test('that cannot be written completely leaves nothing behind', async () => {
    const { store, image, folder } = await start()
    await store.blobs.delete(image.id)
    const destination = join(folder, 'image.tar')
    await expect(exportArchive({ store, images: [named(image)], format: 'oci', destination })).rejects.toMatchObject({
      code: 'STORE_IMAGE_MISSING',
    })
    expect(await readdir(folder)).toEqual([])
  })

  test('fails if a blob is corrupt', async () => {
    const { store, image, folder } = await start()
    await exportArchive({ store, images: [named(image)], format: 'oci', destination: join(folder, 'whole') })
    const [{ layers } = { layers: [] }] = (await packed(store, image)).images
    const path = store.blobs.path(layers[0]?.digest ?? image.id)
    const bytes = await readFile(path)
    bytes[100] = (bytes[100] ?? 0) ^ 1
    await writeFile(path, bytes)
    await expect(
      exportArchive({ store, images: [named(image)], format: 'oci', destination: join(folder, 'broken') }),
    ).rejects.toMatchObject({ code: 'STORE_DIGEST_MISMATCH' })
    expect(existsSync(join(folder, 'broken'))).toBe(false)
  })
})

describe('loadArchive()', () => {
  test.each(['oci', 'docker'] as const)('restores what was saved as %s, with its names', async (format) => {
    const { store, image, folder } = await start()
    const destination = join(folder, 'saved.tar')
    await saveImages({ store, names: ['hello:v1', 'busybox'], format, destination })
    const other = await temporaryStore(trees)
    const loaded = await loadArchive({ store: other, input: createReadStream(destination), platform })
    expect(loaded.flatMap(({ references }) => references).sort()).toEqual(['docker.io/library/busybox:latest', NAME])
    const again = await other.images.get(image.id)
    expect(again.config).toEqual(image.config)
    expect(again.tags).toEqual([NAME])
    expect(await readdir(join(other.root, 'tmp'))).toEqual([])
  })

  test.each(['gzip', 'bzip2', 'xz', 'zstd'])(
    'accepts an archive compressed with %s, but not a part of it',
    async (tool) => {
      const { store, image, folder } = await start()
      const destination = join(folder, 'saved.tar')
      await saveImages({ store, names: [image.id], destination })
      const compressed = execFileSync(tool, ['-c', destination], { maxBuffer: 64 << 20 })
      const other = await temporaryStore(trees)
      const part = Readable.from([compressed.subarray(0, compressed.length - 100)])
      await expect(loadArchive({ store: other, input: part, platform })).rejects.toMatchObject({ code: 'ARCHIVE_BAD' })
      const input = Readable.from([compressed.subarray(0, 3), compressed.subarray(3)])
      expect(await loadArchive({ store: other, input, platform })).toEqual([{ id: image.id, references: [] }])
      expect(await readdir(join(other.root, 'tmp'))).toEqual([])
    },
  )

  test.each(['gzip', 'bzip2', 'xz', 'zstd'])('accepts layers compressed with %s, as docker does', async (tool) => {
    const { store, folder } = await start()
    const base = (await store.images.findAllByReference('docker.io/library/busybox:latest'))[0] as ImageRecord
    const archiveOf = async (layer: Uint8Array) => {
      await writeFile(join(folder, 'layer.tar'), layer)
      await writeFile(join(folder, 'config.json'), await store.blobs.read(base.id))
      const manifest = [{ Config: 'config.json', RepoTags: null, Layers: ['layer.tar'] }]
      await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest))
      const files = ['layer.tar', 'config.json', 'manifest.json']
      return Readable.from([execFileSync('tar', ['-c', '-C', folder, ...files], { maxBuffer: 64 << 20 })])
    }
    const layer = execFileSync(tool, ['-c'], { input: busyboxTar(), maxBuffer: 64 << 20 })
    const other = await temporaryStore(trees)
    const part = await archiveOf(layer.subarray(0, layer.length - 100))
    await expect(loadArchive({ store: other, input: part, platform })).rejects.toThrow(/Cannot (?:read|unpack)/)
    expect(await other.images.list()).toEqual([])
    const input = await archiveOf(layer)
    expect(await loadArchive({ store: other, input, platform })).toEqual([{ id: base.id, references: [] }])
    const [tree = ''] = await other.layers.trees((await other.images.get(base.id)).chain)
    expect(await readFile(join(tree, 'etc/passwd'), 'utf8')).toContain('root:')
    expect(await readdir(join(other.root, 'tmp'))).toEqual([])
  })

  test('reports why the archive cannot be read further, also if it is compressed', async () => {
    const { store, image, folder } = await start()
    const destination = join(folder, 'saved.tar')
    await saveImages({ store, names: [image.id], destination })
    const compressed = execFileSync('xz', ['-c', destination], { maxBuffer: 64 << 20 })
    async function* broken() {
      yield compressed.subarray(0, 10_000)
      throw new Error('the disk is damaged')
    }
    await expect(loadArchive({ store, input: broken(), platform })).rejects.toThrow('the disk is damaged')
  })

  test("accepts skopeo's docker archives, with links between layers", async () => {
    const { store, image, folder } = await start()
    await exportLayout({ store, image: named(image), destination: join(folder, 'layout') })
    const archive = join(folder, 'docker.tar')
    await run('skopeo', [
      'copy',
      '--insecure-policy',
      `oci:${join(folder, 'layout')}:v1`,
      `docker-archive:${archive}:hello:v2`,
    ])
    const other = await temporaryStore(trees)
    const [loaded] = await loadArchive({ store: other, input: createReadStream(archive), platform })
    expect(loaded?.references).toEqual(['docker.io/library/hello:v2'])
    expect((await other.images.list())[0]?.config.rootfs).toEqual(image.config.rootfs)
  })

  test('accepts a layer that docker save stores once and links to', async () => {
    const { store, folder } = await start()
    const base = (await store.images.findAllByReference('docker.io/library/busybox:latest'))[0] as ImageRecord
    const config = await store.blobs.read(base.id)
    const unpacked = join(folder, 'unpacked')
    await mkdir(join(unpacked, 'aaa'), { recursive: true })
    await mkdir(join(unpacked, 'bbb'))
    await writeFile(join(unpacked, 'aaa/layer.tar'), busyboxTar())
    await writeFile(join(unpacked, 'config.json'), config)
    execFileSync('ln', ['-s', '../aaa/layer.tar', join(unpacked, 'bbb/layer.tar')])
    const manifest = [{ Config: 'config.json', RepoTags: null, Layers: ['bbb/layer.tar'] }]
    await writeFile(join(unpacked, 'manifest.json'), JSON.stringify(manifest))
    const input = Readable.from([execFileSync('tar', ['-c', '-C', unpacked, '.'], { maxBuffer: 64 << 20 })])
    const other = await temporaryStore(trees)
    expect(await loadArchive({ store: other, input, platform })).toEqual([{ id: base.id, references: [] }])
  })

  test('an invalid name in an archive is a defect of the archive, not of the command line', async () => {
    const { store, folder } = await start()
    const unpacked = join(folder, 'misnamed')
    await mkdir(unpacked, { recursive: true })
    await writeFile(join(unpacked, 'layer.tar'), busyboxTar())
    const base = (await store.images.findAllByReference('docker.io/library/busybox:latest'))[0] as ImageRecord
    await writeFile(join(unpacked, 'config.json'), await store.blobs.read(base.id))
    const manifest = [{ Config: 'config.json', RepoTags: ['team/App:1'], Layers: ['layer.tar'] }]
    await writeFile(join(unpacked, 'manifest.json'), JSON.stringify(manifest))
    const input = Readable.from([execFileSync('tar', ['-c', '-C', unpacked, '.'], { maxBuffer: 64 << 20 })])
    const loading = loadArchive({ store: await temporaryStore(trees), input, platform })
    await expect(loading).rejects.toMatchObject({
      code: 'ARCHIVE_BAD',
      message: expect.stringContaining('"team/App:1"'),
    })
  })
})

describe('importTree()', () => {
  test.each([
    ['plain', busyboxTar()],
    ['gzip', gzipSync(busyboxTar())],
  ])('makes an image of one layer from a %s tar', async (_, bytes) => {
    const store = await temporaryStore(trees)
    const image = await importTree({
      store,
      trees,
      input: Readable.from([bytes]),
      platform,
      config: { Env: ['A=b'] },
      message: 'Imported from -',
      createdAt: '2026-01-01T00:00:00Z',
      references: [NAME],
    })
    expect(image.tags).toEqual([NAME])
    expect(image.config).toMatchObject({
      config: { Env: ['A=b'] },
      history: [{ created: '2026-01-01T00:00:00Z', comment: 'Imported from -' }],
    })
    const [tree = ''] = await store.layers.trees(image.chain)
    expect(await readFile(join(tree, 'etc/passwd'), 'utf8')).toContain('root:')
    expect(await readdir(join(store.root, 'tmp'))).toEqual([])
  })
})

async function start(): Promise<{ store: LayerStore; image: ImageRecord; folder: string }> {
  const store = await temporaryStore(trees)
  return { store, image: await busyboxImage(store, trees), folder: await temporaryRoot() }
}

function packed(store: LayerStore, image: ImageRecord) {
  return prepareImage(store, { named: named(image), algorithm: 'gzip', mediaTypes: 'oci' })
}

function named(image: ImageRecord) {
  return { images: [platformImageOf(image)], references: image.tags }
}

async function skopeo(...args: readonly string[]): Promise<unknown> {
  return JSON.parse((await run('skopeo', args)).stdout)
}
