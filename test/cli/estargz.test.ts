import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { constants, gunzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { type Descriptor, type Manifest, parseImageConfig, parseReference } from '../../image-spec/index.ts'
import type { RegistryClient } from '../../registry/index.ts'
import { anonymousClient, collect } from '../registry/blob-samples.ts'
import { rawTar } from '../support/raw-tar.ts'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { runInProcess } from './support/run-in-process.ts'

const TOC_DIGEST = 'containerd.io/snapshot/stargz/toc.digest'
const UNCOMPRESSED_SIZE = 'io.containers.estargz.uncompressed-size'
const CHUNK_BYTES = 4 << 20

/**
 * Layer as read completely by github.com/containerd/stargz-snapshotter/estargz v0.19.1: Open, VerifyTOC, files and
 * chunks.
 */
const ACCEPTED = 'sha256:ce2b40db8f8cd5418070dd49ae1c7acd4583588b9149ae2a7c8cbb60b2e3c7c4'

const LARGE = Buffer.alloc(2 * CHUNK_BYTES + 1000, 'not a multiple of a chunk\n')
const EXACT = Buffer.alloc(CHUNK_BYTES, 'as large as a chunk\n')
const FILES = new Map<string, Buffer>([
  ['folder/large', LARGE],
  ['folder/exact', EXACT],
  ['folder/small', Buffer.from('small\n')],
  ['folder/empty', Buffer.alloc(0)],
])
const TAR = rawTar([
  { name: 'folder/', type: '5', mode: 0o1755, uid: 3, gid: 4 },
  ...[...FILES].map(([name, data]) => ({ name, data, pax: { 'SCHILY.xattr.user.name': 'value' } })),
  { name: 'hard', type: '1', link: 'folder/small' },
  { name: 'soft', type: '2', link: 'folder/<&>', mtime: 0 },
  { name: 'device', type: '3', device: [1, 3] },
  { name: 'pipe', type: '6' },
])

const root = temporaryDirectory('cli')
const around = (store: string) => ({ root: join(root, store), env: { DOCKER_CONFIG: join(root, 'docker') } })
const run = (line: string, store = 'first') => runInProcess(line.split(' '), around(store))
let registry: RunningRegistry
let client: RegistryClient

beforeAll(async () => {
  registry = await startRegistry()
  client = anonymousClient()
  await runInProcess(['import', '-', 'files'], { ...around('first'), stdin: TAR })
  await run(`tag files ${registry.host}/files:1`)
  expect(await run(`push --compression estargz ${registry.host}/files:1`)).toMatchObject({ code: 0 })
})
async function pushed(name: string) {
  const reference = parseReference(`${registry.host}/${name}`)
  const { manifest } = (await client.fetchManifest(reference)) as { manifest: Manifest }
  const read = async (blob: Descriptor) => collect(client.fetchBlob(reference, blob))
  return { manifest, config: parseImageConfig(await read(manifest.config)), read }
}

interface TocEntry {
  readonly name: string
  readonly type: string
  readonly offset?: number
  readonly chunkOffset?: number
  readonly chunkSize?: number
  readonly chunkDigest?: string
  readonly digest?: string
  readonly [field: string]: unknown
}

/** Reads like a lazy puller: footer, table of contents, single members. */
function openEstargz(blob: Buffer) {
  const footer = blob.subarray(-51)
  expect(footer.subarray(0, 16).toString('hex')).toBe('1f8b08040000000000ff1a0053471600')
  expect(footer.subarray(32, 38).toString()).toBe('STARGZ')
  const tocOffset = Number.parseInt(footer.subarray(16, 32).toString(), 16)
  const archive = gunzipSync(blob.subarray(tocOffset, -51))
  expect(archive.subarray(0, 17).toString()).toBe('stargz.index.json')
  const size = Number.parseInt(archive.subarray(124, 136).toString(), 8)
  const json = archive.subarray(512, 512 + size)
  const { version, entries } = JSON.parse(json.toString()) as { version: number; entries: readonly TocEntry[] }
  expect(version).toBe(1)
  const memberAt = (offset: number): Buffer =>
    gunzipSync(blob.subarray(offset, nextOffset(offset)), { finishFlush: constants.Z_SYNC_FLUSH })
  const nextOffset = (offset: number): number =>
    Math.min(tocOffset, ...entries.flatMap((entry) => ((entry.offset ?? 0) > offset ? [entry.offset ?? 0] : [])))
  return { entries, memberAt, tocDigest: sha256(json) }
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

test('each chunk of each file is found and verified with the table of contents alone', async () => {
  const { manifest, read } = await pushed('files:1')
  const [layer] = manifest.layers as [Descriptor]
  const { entries, memberAt, tocDigest } = openEstargz(await read(layer))
  expect(layer.annotations?.[TOC_DIGEST]).toBe(tocDigest)
  for (const [name, content] of FILES) {
    const pieces = entries.filter((entry) => entry.name === name)
    expect(pieces.map(({ type }) => type)).toEqual(pieces.map((_, index) => (index === 0 ? 'reg' : 'chunk')))
    expect(pieces[0]?.digest).toBe(sha256(content))
    const found = pieces.map(({ offset, chunkSize, chunkOffset = 0, chunkDigest }) => {
      const length = chunkSize ?? content.length - chunkOffset
      const bytes = offset === undefined ? Buffer.alloc(0) : memberAt(offset).subarray(0, length)
      if (offset !== undefined) expect(chunkDigest).toBe(sha256(bytes))
      return bytes
    })
    expect(Buffer.concat(found).equals(content)).toBe(true)
  }
})

test('the table of contents matches the archive', async () => {
  const { manifest, read } = await pushed('files:1')
  const { entries } = openEstargz(await read(manifest.layers[0] as Descriptor))
  const of = (name: string) => entries.find((entry) => entry.name === name)
  const modtime = '2001-09-09T01:46:40Z'
  expect(entries[0]).toEqual({ name: 'folder/', type: 'dir', modtime, mode: 0o1755, uid: 3, gid: 4 })
  expect(of('folder/large')).toMatchObject({ size: LARGE.length, chunkSize: CHUNK_BYTES })
  expect(of('folder/small')?.['xattrs']).toEqual({ 'user.name': Buffer.from('value').toString('base64') })
  expect(of('hard')).toMatchObject({ type: 'hardlink', linkName: 'folder/small' })
  expect(of('soft')).toEqual({ name: 'soft', type: 'symlink', linkName: 'folder/<&>', mode: 0o644 })
  expect(of('device')).toMatchObject({ type: 'char', devMajor: 1, devMinor: 3 })
  expect(of('pipe')).toMatchObject({ type: 'fifo' })
})

test('the archive does not change, and the configuration has the diff ID of the whole blob', async () => {
  const { manifest, config, read } = await pushed('files:1')
  const blob = await read(manifest.layers[0] as Descriptor)
  const whole = gunzipSync(blob)
  const { diffId, archive } = await plainLayer()
  expect(whole.subarray(0, archive.length).equals(archive)).toBe(true)
  expect(sha256(archive)).toBe(diffId)
  expect(config.rootfs.diff_ids).toEqual([sha256(whole)])
  expect(manifest.layers[0]?.annotations?.[UNCOMPRESSED_SIZE]).toBe(String(whole.length))
  expect(manifest.layers[0]?.mediaType).toBe('application/vnd.oci.image.layer.v1.tar+gzip')
  expect(sha256(blob)).toBe(ACCEPTED)
})

async function plainLayer() {
  await run(`tag files ${registry.host}/plain:1`)
  expect(await run(`push --compression gzip ${registry.host}/plain:1`)).toMatchObject({
    code: 0,
    stderr: expect.not.stringContaining('ERROR'),
  })
  const { manifest, config, read } = await pushed('plain:1')
  expect(manifest.layers[0]?.annotations).toBeUndefined()
  return { diffId: config.rootfs.diff_ids[0], archive: gunzipSync(await read(manifest.layers[0] as Descriptor)) }
}

test('a second push compresses nothing and pushes the same manifest', async () => {
  const { stdout } = await run(`push --compression estargz ${registry.host}/files:1`)
  await run(`tag files ${registry.host}/files:2`)
  const again = await run(`push --compression estargz ${registry.host}/files:2`)
  expect(again.stderr).not.toContain('Compressing')
  expect(again.stdout.split('digest: ')[1]).toBe(stdout.split('digest: ')[1])
})

test('as a base image it keeps its compression, unless another one is forced', async () => {
  const context = join(root, 'context')
  await mkdir(context)
  await writeFile(join(context, 'Dockerfile'), `FROM ${registry.host}/files:1\nCOPY Dockerfile /\n`)
  const { manifest: base, config } = await pushed('files:1')
  const build = async (tag: string, form: string) => {
    const line = `build -o type=registry${form} -t ${registry.host}/built:${tag} ${context}`
    expect(await run(line, 'second')).toMatchObject({ code: 0 })
    return pushed(`built:${tag}`)
  }
  const plain = await build('plain', '')
  expect(plain.manifest.layers[0]).toEqual(base.layers[0])
  expect(plain.manifest.layers[1]?.annotations).toBeUndefined()
  const both = await build('both', ',compression=estargz,force-compression=true')
  expect(both.manifest.layers[0]).toEqual(base.layers[0])
  expect(both.config.rootfs.diff_ids[0]).toBe(config.rootfs.diff_ids[0])
  expect(both.manifest.layers[1]?.annotations?.[TOC_DIGEST]).toMatch(/^sha256:/)
  const forced = await build('forced', ',compression=gzip,force-compression=true')
  expect(forced.manifest.layers.map(({ annotations }) => annotations)).toEqual([undefined, undefined])
})

test('an archive for docker load has OCI media types, and --metadata-file describes the written configuration', async () => {
  const context = join(root, 'loaded')
  await mkdir(context)
  await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n')
  const output = `type=docker,dest=${join(root, 'loaded')},tar=false,compression=estargz`
  const { code } = await run(`build -o ${output} --metadata-file ${join(root, 'metadata.json')} ${context}`)
  expect(code).toBe(0)
  const json = async (path: string) => JSON.parse(await readFile(path, 'utf8')) as Record<string, never>
  const metadata = await json(join(root, 'metadata.json'))
  const blob = (digest: string) => join(root, 'loaded/blobs', digest.replace(':', '/'))
  const manifest = (await json(blob(metadata['containerimage.digest'] ?? ''))) as unknown as Manifest
  expect(manifest.layers[0]?.mediaType).toBe('application/vnd.oci.image.layer.v1.tar+gzip')
  expect(manifest.config.digest).toBe(metadata['containerimage.config.digest'])
})

test('a layer with a file named like the table of contents is refused', async () => {
  const stdin = rawTar([{ name: './stargz.index.json', data: 'mine' }])
  await runInProcess(['import', '-', `${registry.host}/taken:1`], { ...around('first'), stdin })
  const { code, stderr } = await run(`push --compression estargz ${registry.host}/taken:1`)
  expect(code).not.toBe(0)
  expect(stderr).toContain('the layer has a file "stargz.index.json", the name of the table of contents')
})
