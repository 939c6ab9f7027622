import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type RawEntry, rawTar } from '../../support/raw-tar.ts'
import { listTar, mergedListing, shell, sourceOnly, treeOf, workspace, writeLayer } from '../../support/trees.ts'

/** Adds one file of a context to a base created by a script; returns the content of the image. */
async function add(
  file: { readonly name: string; readonly bytes: Buffer | readonly RawEntry[] },
  to: string,
  more: { readonly base?: string; readonly owner?: string; readonly unpack?: boolean } = {},
): Promise<readonly string[]> {
  const directory = workspace()
  shell(directory, `umask 022; mkdir context base; cd base; ${more.base ?? 'true'}`)
  const bytes = Buffer.isBuffer(file.bytes) ? file.bytes : rawTar(file.bytes as readonly RawEntry[])
  writeFileSync(join(directory, 'context', file.name), bytes, { mode: 0o644 })
  const source = { kind: 'directory', root: join(directory, 'context'), ignore: [] } as const
  const selection = { paths: [file.name], unpackArchives: more.unpack ?? true }
  const owner = more.owner === undefined ? {} : { owner: more.owner }
  const base = [treeOf(join(directory, 'base'))]
  const layer = await writeLayer(directory, base, [{ kind: 'copy', source, selection, to, ...owner }])
  return mergedListing(directory, [sourceOnly(layer), ...base])
}

const ENTRIES: readonly RawEntry[] = [
  { name: './', type: '5', mode: 0o700, uid: 9 },
  { name: './bin/', type: '5', mode: 0o755, uid: 3, gid: 4 },
  { name: './bin/tool', mode: 0o4755, uid: 1000, gid: 1001, data: 'tool' },
  { name: './bin/again', type: '1', link: './bin/tool', mode: 0o4755, uid: 1000, gid: 1001 },
  { name: './link', type: '2', link: '/bin/tool', mode: 0o777 },
]
const UNPACKED = [
  'drwxr-xr-x 0/0 x/',
  'drwxr-xr-x 3/4 x/bin/',
  '-rwsr-xr-x 1000/1001 x/bin/again',
  'hrwsr-xr-x 1000/1001 x/bin/tool link to x/bin/again',
  'lrwxrwxrwx 0/0 x/link -> /bin/tool',
]

test('an archive is unpacked with its owners, and does not change the root directory', async () => {
  expect(await add({ name: 'a.bin', bytes: ENTRIES }, '/x')).toEqual(UNPACKED)
})

test.each(['gzip -c', 'bzip2 -c', 'xz -c', 'zstd -c'])(
  'an archive of `%s` is unpacked, whatever its name',
  async (compress) => {
    const directory = workspace()
    writeFileSync(join(directory, 'a'), rawTar(ENTRIES))
    shell(directory, `${compress} < a > b`)
    const { readFileSync } = await import('node:fs')
    expect(await add({ name: 'data', bytes: readFileSync(join(directory, 'b')) }, '/x/')).toEqual(UNPACKED)
  },
)

test('a requested owner applies to all entries', async () => {
  const lines = await add({ name: 'a.tar', bytes: [{ name: 'f', uid: 5, gid: 6, data: 'x' }] }, '/x/', { owner: '7:8' })
  expect(lines).toEqual(['drwxr-xr-x 7/8 x/', '-rw-r--r-- 7/8 x/f'])
})

test.each([
  ['text with the name of an archive', Buffer.from('no archive at all')],
  ['an empty file', Buffer.alloc(0)],
  ['nothing but zeros', Buffer.alloc(4096)],
  ['compressed text', Buffer.from('1f8b0800000000000003cb48cdc9c95748cf4f49e50200', 'hex')],
  ['a header with a wrong checksum', Buffer.from(rawTar([{ name: 'f' }]).fill('z', 0, 1))],
])('%s is copied as a file', async (_, bytes) => {
  expect(await add({ name: 'a.tar.gz', bytes }, '/x/')).toEqual(['drwxr-xr-x 0/0 x/', '-rw-r--r-- 0/0 x/a.tar.gz'])
})

test('an archive is copied as a file unless unpacking is requested', async () => {
  expect(await add({ name: 'a.tar', bytes: ENTRIES }, '/x/', { unpack: false })).toEqual([
    'drwxr-xr-x 0/0 x/',
    '-rw-r--r-- 0/0 x/a.tar',
  ])
})

test('entries replace files at the destination, and directories are merged', async () => {
  const lines = await add(
    {
      name: 'a',
      bytes: [
        { name: 'd/f', data: 'new' },
        { name: 'g/', type: '5', mode: 0o711 },
        { name: 'g/h', data: 'x' },
      ],
    },
    '/',
    {
      base: 'mkdir -p d/f/old; echo k > d/k; mkdir g; echo i > g/i; chmod 644 d/k g/i',
    },
  )
  expect(lines).toEqual([
    'drwxr-xr-x 0/0 d/',
    '-rw-r--r-- 0/0 d/f',
    '-rw-r--r-- 0/0 d/k',
    'drwx--x--x 0/0 g/',
    '-rw-r--r-- 0/0 g/h',
    '-rw-r--r-- 0/0 g/i',
  ])
})

test('a truncated archive is an error and does not become half a layer', async () => {
  const bytes = rawTar([
    { name: 'f', data: 'x' },
    { name: 'g', data: 'y'.repeat(5000) },
  ])
  await expect(add({ name: 'a', bytes: bytes.subarray(0, 2500) }, '/x/')).rejects.toMatchObject({
    code: 'TREE_ARCHIVE',
  })
})

test.each([
  ['a hard link that leads out', [{ name: 'x', type: '1', link: '../etc/passwd' }]],
  ['a hard link to a file of the image', [{ name: 'x', type: '1', link: 'etc/passwd' }]],
] as const)('%s in an added archive is refused', async (_, entries) => {
  await expect(
    add({ name: 'a', bytes: entries }, '/x/', { base: 'mkdir etc; echo p > etc/passwd' }),
  ).rejects.toMatchObject({
    code: 'TREE_ARCHIVE',
  })
})

test('names in an added archive are resolved below the destination and cannot lead outside', async () => {
  const entries: readonly RawEntry[] = [{ name: '../../etc/planted', data: 'x' }]
  const made = await add({ name: 'a', bytes: entries }, '/x/', { base: 'mkdir etc; echo p > etc/passwd' })
  expect(made.filter((line) => line.includes('planted'))).toEqual(['-rw-r--r-- 0/0 x/etc/planted'])
})

test('links in an added archive are followed as if the destination were the root', async () => {
  const entries: readonly RawEntry[] = [
    { name: 'etc', type: '5' },
    { name: 'up', type: '2', link: '../../../etc' },
    { name: 'up/planted', data: 'x' },
    { name: 'abs', type: '2', link: '/etc' },
    { name: 'abs/second', data: 'x' },
  ]
  const lines = await add({ name: 'a', bytes: entries }, '/x/', { base: 'mkdir etc' })
  expect(lines.filter((line) => /planted|second/.test(line))).toEqual([
    '-rw-r--r-- 0/0 x/etc/planted',
    '-rw-r--r-- 0/0 x/etc/second',
  ])
})

test('a listing of the added layer has parents before children', async () => {
  const directory = workspace()
  shell(directory, 'mkdir c')
  writeFileSync(join(directory, 'c/a'), rawTar([{ name: 'p/q/r', data: 'x' }]))
  const source = { kind: 'directory', root: join(directory, 'c'), ignore: [] } as const
  const selection = { paths: ['a'], unpackArchives: true }
  const layer = await writeLayer(directory, [], [{ kind: 'copy', source, selection, to: '/' }])
  expect(listTar(layer.path)).toEqual(['drwxr-xr-x 0/0 p/', 'drwxr-xr-x 0/0 p/q/', '-rw-r--r-- 0/0 p/q/r'])
})

test('a directory of an added archive keeps its time when entries below it imply further directories', async () => {
  const directory = workspace()
  shell(directory, 'mkdir c')
  const entries: readonly RawEntry[] = [
    { name: 'd/', type: '5', mtime: 900_000_000 },
    { name: 'd/e/f', data: 'x' },
  ]
  writeFileSync(join(directory, 'c/a'), rawTar(entries))
  const source = { kind: 'directory', root: join(directory, 'c'), ignore: [] } as const
  const selection = { paths: ['a'], unpackArchives: true }
  const layer = await writeLayer(directory, [], [{ kind: 'copy', source, selection, to: '/' }])
  expect(shell(directory, `tar --utc -tvf ${layer.path} d/ | head -1`)).toContain('1998-07-09 16:00')
})
