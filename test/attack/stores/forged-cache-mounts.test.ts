import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild, type Tsbuild } from '../../end-to-end/tsbuild.ts'
import { type RawEntry, rawTar } from '../../support/raw-tar.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

/** Archives of cache mounts written by an attacker: the step gets a directory, and the host does not change. */

const MOUNT = '--mount=type=cache,id=c,target=/c'
const CACHE: RawEntry = { name: 'cache/', type: '5', mode: 0o755 }
const FILE: RawEntry = { name: 'cache/file', data: 'imported\n' }

let room: string
let outside: string
let tsbuild: Tsbuild
let turn = 0

beforeAll(async () => {
  room = temporaryDirectory('forged-mounts')
  outside = join(room, 'outside')
  mkdirSync(outside)
  writeFileSync(join(outside, 'precious'), 'precious')
  tsbuild = createTsbuild()
  await importBusybox(tsbuild)
})

interface Forgery {
  readonly archive?: Buffer
  readonly diffID?: string
  readonly size?: number
  readonly blobSize?: number
  readonly config?: (mount: object) => string
}

/** A layout as written by `--cache-mounts-to type=local`, with an arbitrary archive. */
function layoutOf(archive: Buffer, forgery: Forgery): string {
  const layout = mkdtempSync(join(room, 'layout-'))
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true })
  const put = (mediaType: string, bytes: Buffer) => {
    const digest = digestOf(bytes)
    writeFileSync(join(layout, 'blobs/sha256', digest.slice('sha256:'.length)), bytes)
    return { mediaType, digest, size: bytes.length }
  }
  const blob = put('application/vnd.oci.image.layer.v1.tar+gzip', forgery.archive ?? gzipSync(archive))
  const named = { ...blob, size: forgery.blobSize ?? blob.size }
  const mount = {
    id: 'c',
    blob: named,
    diffID: forgery.diffID ?? digestOf(archive),
    size: forgery.size ?? archive.length,
  }
  const text = forgery.config?.(mount) ?? JSON.stringify({ mounts: [mount] })
  const config = put('application/vnd.tsbuild.cachemounts.v1+json', Buffer.from(text))
  const type = 'application/vnd.oci.image.manifest.v1+json'
  const manifest = put(type, Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: type, config, layers: [blob] })))
  const entry = { ...manifest, annotations: { 'org.opencontainers.image.ref.name': 'cache-mounts' } }
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }))
  return layout
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** Output of a step whose mount is imported from such a layout, and the warnings of the build. */
async function look(entries: readonly RawEntry[], command = 'ls -a /c', forgery: Forgery = {}) {
  rmSync(join(tsbuild.root, 'cache-mounts'), { recursive: true, force: true })
  const dockerfile = `FROM busybox\nRUN ${MOUNT} echo ${turn++}; ${command}; echo ended\n`
  const given = tsbuild.with({ input: dockerfile })
  const from = `--cache-mounts-from=type=local,src=${layoutOf(rawTar(entries), forgery)}`
  const { exitCode, stderr } = await given.run('build', '--progress=plain', from, '-')
  expect(exitCode, stderr).toBe(0)
  expect(readdirSync(outside)).toEqual(['precious'])
  expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('precious')
  expect(readdirSync(join(tsbuild.root, 'tmp'))).toEqual([])
  const output = [...stderr.matchAll(/^#\d+ \d+\.\d+ (.*)$/gm)].map(([, line]) => line).slice(1, -1)
  return { output, stderr }
}

test('a valid archive fills the mount', async () => {
  expect((await look([CACHE, FILE], 'cat /c/file')).output).toEqual(['imported'])
})

test('a link in place of the cache shows no directory of the host', async () => {
  const { output, stderr } = await look([{ name: 'cache', type: '2', link: outside }])
  expect(output).toEqual(['.', '..'])
  expect(stderr).toContain('the archive has no directory "cache"')
})

test('a mount point below a link in the archive stays within the mount', async () => {
  const { output } = await look([CACHE, { name: 'cache/out', type: '2', link: outside }], `touch /c/out/evil 2>&1`)
  expect(output.join()).toContain('No such file')
})

test.each<[string, readonly RawEntry[]]>([
  ['climb out of the directory', [CACHE, { name: `cache/../../../../../../../../..${'/'}tmp/evil`, data: 'x' }]],
  [
    'go through a link',
    [CACHE, { name: 'cache/out', type: '2', link: '/' }, { name: 'cache/out/tmp/evil', data: 'x' }],
  ],
  ['are hard links to files of the host', [CACHE, { name: 'cache/passwd', type: '1', link: '/etc/hostname' }]],
  ['are links to files next to the cache', [CACHE, { name: 'cache/lock', type: '1', link: '../../0.lock' }]],
])('entries that %s reach nothing', async (_, entries) => {
  await look(entries)
  expect(existsSync('/tmp/evil')).toBe(false)
})

test('a device in the archive cannot be opened', async () => {
  const device: RawEntry = { name: 'cache/disk', type: '4', mode: 0o666, device: [7, 0] }
  const memory: RawEntry = { name: 'cache/mem', type: '3', mode: 0o666, device: [1, 1] }
  const { output } = await look(
    [CACHE, device, memory],
    'for one in disk mem; do cat /c/$one > /dev/null || echo no; done',
  )
  expect(output.filter((line) => line === 'no')).toHaveLength(2)
})

test('a setuid program in the archive is not accessible to users of the host', async () => {
  await look([CACHE, { name: 'cache/su', mode: 0o4755, data: 'x' }])
  const [home = ''] = readdirSync(join(tsbuild.root, 'cache-mounts'))
  expect(statSync(join(tsbuild.root, 'cache-mounts', home)).mode & 0o777).toBe(0o700)
})

const zeros = () => gzipSync(Buffer.concat([rawTar([CACHE]).subarray(0, 512), Buffer.alloc(64 << 20)]))

test.each<[string, Forgery]>([
  ['is larger than announced', { archive: zeros(), size: 10_000 }],
  ['states a size larger than allowed', { size: 2 ** 50 }],
  ['has a compressed size larger than allowed', { blobSize: 2 ** 50 }],
  ['has more bytes than its entry names', { blobSize: 20 }],
  ['has other content than its entry names', { diffID: `sha256:${'0'.repeat(64)}` }],
  ['is not an archive', { archive: Buffer.from('<html>') }],
])('a mount starts empty if its archive %s', async (_, forgery) => {
  const { output, stderr } = await look([CACHE, FILE], 'ls -a /c', forgery)
  expect(output).toEqual(['.', '..'])
  expect(stderr).toContain('Cannot import cache mount "c"')
})

test.each<[string, (mount: object) => string]>([
  ['is not JSON', () => '<html>'],
  ['is nested without end', () => `${'['.repeat(200_000)}`],
  ['has more bytes than are read', (mount) => JSON.stringify({ mounts: [mount] }) + ' '.repeat(16 << 20)],
  ['is that of a layer cache', () => '{"layers":[],"records":[]}'],
  [
    'names blobs outside of the cache',
    (mount) => JSON.stringify({ mounts: [{ ...mount, blob: { digest: '../../x' } }] }),
  ],
])('a mount starts empty if its document %s', async (_, config) => {
  expect((await look([CACHE, FILE], 'ls -a /c', { config })).output).toEqual(['.', '..'])
})
