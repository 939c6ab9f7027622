import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { type Header, pack } from 'tar-stream'
import { describe, expect, test } from 'vitest'
import { digestOf, MediaType } from '../../../image-spec/index.ts'
import { loadArchive } from '../../../images/archives/load-archive.ts'
import type { LayerStore } from '../../../layer-store/index.ts'
import { openNative } from '../../../sandbox-native/driver/index.ts'
import { platform } from '../../images/archives/busybox-image.ts'
import { gzipLayer, tarBytes } from '../../layer-store/layer-samples.ts'
import { listOf, temporaryStore } from '../../layer-store/temporary-store.ts'

type EntryOf = Partial<Header> & { readonly name: string; readonly body?: string | Buffer }

const layer = tarBytes('layer')
const config = configFor(digestOf(layer))
const good: readonly EntryOf[] = [
  { name: 'config.json', body: config },
  { name: 'a/layer.tar', body: layer },
  { name: 'manifest.json', body: manifestFor('config.json', ['a/layer.tar']) },
]

describe('docker archives', () => {
  test('that are valid are loaded', async () => {
    expect(await load(good)).toMatchObject({ result: [{ id: digestOf(config) }] })
  })

  test.each([
    ['a layer above the archive', '../../../etc/passwd'],
    ['a layer by absolute path', '/etc/passwd'],
    ['a missing layer', 'b/layer.tar'],
    ['a layer that is a directory', 'a'],
  ])('that name %s are refused', async (_, path) => {
    await expectRefused([...good.slice(0, 2), { name: 'manifest.json', body: manifestFor('config.json', [path]) }])
  })

  test.each([
    ['an entry above the archive', { name: '../escaped', body: 'x' }],
    ['an entry by absolute path', { name: '/tmp/tsbuild-escaped', body: 'x' }],
    ['an entry that climbs out after going in', { name: 'a/../../escaped', body: 'x' }],
    ['a second manifest.json', { name: './manifest.json', body: '[]' }],
    ['a hard link', { name: 'hard', type: 'link', linkname: 'config.json' }],
    ['a device', { name: 'device', type: 'character-device', devmajor: 1, devminor: 3 }],
    ['a pipe', { name: 'pipe', type: 'fifo' }],
    ['a link by absolute path', { name: 'link', type: 'symlink', linkname: '/etc/passwd' }],
    ['a link above the archive', { name: 'a/link', type: 'symlink', linkname: '../../etc/passwd' }],
  ] as const)('with %s are refused', async (_, entry) => {
    const store = await expectRefused([...good, entry])
    expect(existsSync(join(store.root, '..', 'escaped'))).toBe(false)
    expect(existsSync('/tmp/tsbuild-escaped')).toBe(false)
  })

  test('whose layer is a link to a link are refused', async () => {
    await expectRefused([
      ...good.slice(0, 2),
      { name: 'one', type: 'symlink', linkname: 'two' },
      { name: 'two', type: 'symlink', linkname: 'a/layer.tar' },
      { name: 'manifest.json', body: manifestFor('config.json', ['one']) },
    ])
  })

  test('whose manifest.json is a link are refused', async () => {
    await expectRefused([...good.slice(0, 2), { name: 'manifest.json', type: 'symlink', linkname: 'config.json' }])
  })

  test('whose layer differs from the configuration are refused', async () => {
    await expectRefused([good[0] as EntryOf, { name: 'a/layer.tar', body: tarBytes('evil') }, good[2] as EntryOf])
  })

  test('whose compressed layer differs from the configuration are refused', async () => {
    const body = gzipSync(tarBytes('evil'))
    await expectRefused([good[0] as EntryOf, { name: 'a/layer.tar', body }, good[2] as EntryOf], /diff ID/)
  })

  test('with fewer layers than diff IDs are refused', async () => {
    await expectRefused([...good.slice(0, 2), { name: 'manifest.json', body: manifestFor('config.json', []) }])
  })

  test('with a manifest.json above the size limit are refused', async () => {
    await expectRefused([...good.slice(0, 2), { name: 'manifest.json', body: Buffer.alloc((4 << 20) + 1, ' ') }])
  })

  test.each([
    '{}',
    'null',
    '[1]',
    '[{"Config":7}]',
    '[{"Config":"config.json","Layers":[["a"]]}]',
    '{"__proto__":[]}',
    '[',
  ])('with the manifest.json %s are refused', async (body) => {
    await expectRefused([...good.slice(0, 2), { name: 'manifest.json', body }])
  })

  test.each(['Config', 'Layers', 'RepoTags'])(
    'with a huge text in %s are refused with a short message',
    async (key) => {
      const text = 'x'.repeat(1_000_000)
      const image = {
        Config: 'config.json',
        Layers: ['a/layer.tar'],
        RepoTags: [],
        [key]: key === 'Config' ? text : [text],
      }
      const entries = [...good.slice(0, 2), { name: 'manifest.json', body: JSON.stringify([image]) }]
      await expectRefused(entries, /^.{1,1000}$/)
    },
  )

  test('with an invalid name are refused before anything is stored', async () => {
    const body = JSON.stringify([{ Config: 'config.json', Layers: ['a/layer.tar'], RepoTags: ['-rf /'] }])
    const store = await expectRefused([...good.slice(0, 2), { name: 'manifest.json', body }], /reference/)
    expect(await listOf(store.layers.list())).toEqual([])
  })

  test('that are truncated within a layer are refused', async () => {
    const bytes = await archiveOf(good)
    await expectRefused(bytes.subarray(0, 3000))
  })

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('hello world, this is not an archive at all'.repeat(50))],
    ['zeroes', Buffer.alloc(10_240)],
    ['broken gzip', gzipSync(layer).subarray(0, 40)],
    ['zstd', Buffer.from('28b52ffd00000000', 'hex')],
  ])('that are %s are refused', async (_, bytes) => {
    await expectRefused(bytes)
  })
})

describe('OCI archives', () => {
  const { descriptor, diffId, bytes } = gzipLayer('layer')
  const ociConfig = configFor(diffId)

  test('that are valid are loaded', async () => {
    expect(await load(ociArchive({}))).toMatchObject({ result: [{ id: digestOf(ociConfig) }] })
  })

  test('whose blob has a digest other than its name are refused', async () => {
    await expectRefused([...ociArchive({}), { name: `blobs/sha256/${'0'.repeat(64)}`, body: 'x' }], /digest/)
  })

  test('whose blob is a link are refused', async () => {
    const link = { name: `blobs/sha256/${'0'.repeat(64)}`, type: 'symlink', linkname: '../../index.json' } as const
    await expectRefused([...ociArchive({}), link], /link/)
  })

  test('whose blob has another size than its descriptor are refused', async () => {
    await expectRefused(ociArchive({ size: descriptor.size + 1 }), /bytes/)
  })

  test('whose compressed layer does not match the configuration are refused', async () => {
    await expectRefused(ociArchive({ config: configFor(digestOf('other')) }), /diff ID/)
  })

  test('whose manifest could also be read as an index are refused', async () => {
    await expectRefused(ociArchive({ more: { manifests: [] } }), /manifests/)
  })

  test('whose indexes are nested too deeply are refused', async () => {
    const entries: EntryOf[] = []
    let body = JSON.stringify({ schemaVersion: 2, manifests: [] })
    for (let depth = 0; depth < 10; depth += 1) {
      entries.push({ name: `blobs/sha256/${digestOf(body).slice(7)}`, body })
      const inner = { mediaType: MediaType.ociIndex, digest: digestOf(body), size: body.length }
      body = JSON.stringify({ schemaVersion: 2, manifests: [inner] })
    }
    await expectRefused([...entries, { name: 'index.json', body }], /index/)
  })

  function ociArchive(change: { size?: number; config?: string; more?: object }): EntryOf[] {
    const configBody = change.config ?? ociConfig
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: MediaType.ociManifest,
      config: { mediaType: MediaType.ociConfig, digest: digestOf(configBody), size: configBody.length },
      layers: [{ ...descriptor, size: change.size ?? descriptor.size }],
      ...change.more,
    })
    const entry = { mediaType: MediaType.ociManifest, digest: digestOf(manifest), size: manifest.length }
    return [
      ...[manifest, configBody, bytes].map((body) => ({ name: `blobs/sha256/${digestOf(body).slice(7)}`, body })),
      { name: 'index.json', body: JSON.stringify({ schemaVersion: 2, manifests: [entry] }) },
      { name: 'oci-layout', body: '{"imageLayoutVersion":"1.0.0"}' },
    ]
  }
})

/** Expects a refusal with a clear message, no image, and no temporary file. */
async function expectRefused(archive: readonly EntryOf[] | Buffer, message = /^Cannot /): Promise<LayerStore> {
  const { store, error } = await load(archive)
  expect(error?.message).toMatch(message)
  expect(error?.code).toMatch(/^(ARCHIVE|STORE|REGISTRY|TREE)_/)
  expect(await store.images.list()).toEqual([])
  expect(await readdir(join(store.root, 'tmp'))).toEqual([])
  return store
}

async function load(archive: readonly EntryOf[] | Buffer) {
  const store = await temporaryStore(openNative().trees)
  const bytes = Buffer.isBuffer(archive) ? archive : await archiveOf(archive)
  try {
    return { store, result: await loadArchive({ store, input: Readable.from(chunks(bytes)), platform }) }
  } catch (error) {
    return { store, error: error as Error & { code?: string } }
  }
}

function* chunks(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
}

async function archiveOf(entries: readonly EntryOf[]): Promise<Buffer> {
  const archive = pack()
  for (const { body, ...header } of entries) archive.entry(header, body ?? '')
  archive.finalize()
  return buffer(Readable.from(archive, { objectMode: false }))
}

function configFor(diffId: string): string {
  return JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [diffId] } })
}

function manifestFor(configName: string, layers: readonly string[]): string {
  return JSON.stringify([{ Config: configName, RepoTags: ['hello:latest'], Layers: layers }])
}
