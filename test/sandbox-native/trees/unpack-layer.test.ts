import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type RawEntry, rawTar } from '../../support/raw-tar.ts'
import { listTree, shell, treeOf, trees, workspace } from '../../support/trees.ts'

async function unpack(entries: readonly RawEntry[], basePath?: string): Promise<string> {
  const directory = workspace()
  writeFileSync(join(directory, 'blob'), rawTar(entries))
  const tree = join(directory, 'tree')
  const base = basePath === undefined ? [] : [treeOf(basePath)]
  await trees.unpackLayer({ blob: join(directory, 'blob'), tree, base })
  return tree
}

function xattrs(path: string): string {
  const program = 'import os, sys; print({n: os.getxattr(sys.argv[1], n) for n in os.listxattr(sys.argv[1])})'
  return execFileSync('python3', ['-c', program, path], { encoding: 'utf8' }).trim()
}

const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

test('every type of file is unpacked with mode, owner, time, device and attributes', async () => {
  const tree = await unpack([
    { name: 'd/', type: '5', mode: 0o1777, uid: 3, gid: 4, mtime: 1_000_000_001 },
    { name: 'd/setuid', data: 'x', mode: 0o4755, uid: 1000, gid: 1000, pax: { mtime: '1000000002.25' } },
    { name: 'd/noted', data: 'x', mode: 0o755, uid: 7, pax: { 'SCHILY.xattr.user.note': 'kept' } },
    { name: 'd/link', type: '2', link: '/anywhere', uid: 5, gid: 6 },
    { name: 'd/again', type: '1', link: 'd/setuid' },
    { name: 'd/fifo', type: '6', mode: 0o640 },
    { name: 'd/null', type: '3', mode: 0o666, device: [1, 3] },
  ])
  expect(listTree(tree)).toEqual([
    'd dir 1777 3:4',
    'd/again file 4755 1000:1000 2d711642',
    'd/fifo fifo 640 0:0',
    'd/link link 5:6 -> /anywhere',
    'd/noted file 755 7:0 2d711642',
    'd/null char 666 0:0 259',
    'd/setuid file 4755 1000:1000 2d711642',
  ])
  expect(statSync(join(tree, 'd/setuid')).mtimeMs).toBe(1_000_000_002_250)
  expect(statSync(join(tree, 'd')).mtimeMs).toBe(1_000_000_001_000)
  expect(statSync(join(tree, 'd/again')).ino).toBe(statSync(join(tree, 'd/setuid')).ino)
  expect(xattrs(join(tree, 'd/noted'))).toBe("{'user.note': b'kept'}")
})

test('whiteouts become devices 0:0, and opaque directories an attribute', async () => {
  const tree = await unpack([
    { name: 'd/.wh.gone' },
    { name: 'o/', type: '5', mode: 0o755 },
    { name: 'o/.wh..wh..opq' },
  ])
  expect(listTree(tree)).toEqual(['d dir 755 0:0', 'd/gone char 0 0:0 0', 'o dir 755 0:0'])
  expect(xattrs(join(tree, 'o'))).toBe("{'trusted.overlay.opaque': b'y'}")
})

test.each([
  ['before', [{ name: '.wh.d' }, { name: 'd/new', data: 'x' }]],
  ['after', [{ name: 'd/new', data: 'x' }, { name: '.wh.d' }]],
] as const)('a whiteout %s a directory of the same layer hides what is below', async (_, entries) => {
  const tree = await unpack(entries)
  expect(listTree(tree)).toEqual(['d dir 755 0:0', 'd/new file 644 0:0 2d711642'])
  expect(xattrs(join(tree, 'd'))).toBe("{'trusted.overlay.opaque': b'y'}")
})

test('parents that are missing in the archive are those of the base', async () => {
  const base = workspace()
  shell(base, 'mkdir -p a/b; chmod 2750 a; chown 11:12 a; chmod 2750 a; touch -d @1234567890 a')
  const tree = await unpack([{ name: 'a/b/c', data: 'x' }], base)
  expect(listTree(tree)).toEqual(['a dir 2750 11:12', 'a/b dir 755 0:0', 'a/b/c file 644 0:0 2d711642'])
  expect(statSync(join(tree, 'a')).mtimeMs).toBe(1_234_567_890_000)
})

test('the root has the metadata of its entry, or else of the base', async () => {
  const base = workspace()
  shell(base, 'chmod 750 .; chown 1:2 .')
  const inherited = statSync(await unpack([{ name: 'f' }], base))
  expect([inherited.mode & 0o7777, inherited.uid, inherited.gid]).toEqual([0o750, 1, 2])
  const described = statSync(await unpack([{ name: './', type: '5', mode: 0o700, uid: 9 }], base))
  expect([described.mode & 0o7777, described.uid]).toEqual([0o700, 9])
})

test.each([
  ['plain', 'cat'],
  ['gzip', 'gzip -c'],
  ['two gzip members', "bash -c 'head -c 700 > h; cat > t; gzip -c h; gzip -c t; rm h t'"],
  ['bzip2', 'bzip2 -c'],
  ['xz', 'xz -c'],
  ['zstd', 'zstd -c'],
])(
  'the compression of a blob (%s) is recognized by its content, and both digests are verified',
  async (_, compress) => {
    const directory = workspace()
    const plain = rawTar([{ name: 'f', data: 'content' }])
    writeFileSync(join(directory, 'plain'), plain)
    shell(directory, `${compress} < plain > blob`)
    const blob = join(directory, 'blob')
    const stored = execFileSync('cat', [blob])
    const request = { blob, base: [], expectDigest: digestOf(stored), expectDiffId: digestOf(plain) }
    const result = await trees.unpackLayer({ ...request, tree: join(directory, 'tree') })
    expect(result).toEqual({ diffId: digestOf(plain), sizeBytes: plain.length, entryCount: 1, contentBytes: 7 })
    for (const wrong of [
      { expectDigest: digestOf(plain.subarray(1)) },
      { expectDiffId: digestOf(plain.subarray(1)) },
    ]) {
      await expect(trees.unpackLayer({ ...request, ...wrong, tree: join(directory, 'no') })).rejects.toMatchObject({
        code: 'TREE_DIGEST',
      })
    }
    expect(existsSync(join(directory, 'no'))).toBe(false)
    expect(readdirSync(directory).sort()).toEqual(['blob', 'plain', 'tree'])
  },
)

test('names of any length and with any bytes are unpacked', async () => {
  const long = `${'n'.repeat(200)}/${'m'.repeat(200)}`
  const tree = await unpack([
    { name: 'x', pax: { path: long }, data: 'x' },
    { name: '././@LongLink', type: 'L', data: `gnu/${'g'.repeat(180)}\0` },
    { name: 'gnu', data: 'x' },
    { name: Buffer.from([0xff, 0xfe]), data: 'x' },
    { name: 'ünï', data: 'x' },
  ])
  expect(existsSync(join(tree, long))).toBe(true)
  expect(existsSync(join(tree, `gnu/${'g'.repeat(180)}`))).toBe(true)
  expect(readdirSync(tree, { encoding: 'buffer' }).some((name) => name.equals(Buffer.from([0xff, 0xfe])))).toBe(true)
  expect(existsSync(join(tree, 'ünï'))).toBe(true)
})

test('an archive of GNU tar is unpacked with hard links, long names and large owners', async () => {
  const directory = workspace()
  shell(
    directory,
    `mkdir -p s/${'d'.repeat(120)}; echo x > s/${'d'.repeat(120)}/${'f'.repeat(120)}; ln s/d*/f* s/z; chown 3000000:3000001 s/z; tar -C s --format=gnu -cf blob .`,
  )
  await trees.unpackLayer({ blob: join(directory, 'blob'), tree: join(directory, 'tree'), base: [] })
  expect(listTree(join(directory, 'tree'))).toEqual(listTree(join(directory, 's')))
})

test.each(['--format=gnu', '--format=pax --sparse-version=0.0', '--format=pax --sparse-version=0.1', '--format=pax'])(
  'a sparse file in a layer (%s) is unpacked completely, with its holes',
  async (format) => {
    const directory = workspace()
    shell(
      directory,
      `for at in 0 1 2 3 4 5 6; do printf "data $at" | dd of=holes bs=1 seek=$((at * 2000000)) conv=notrunc status=none; done
      truncate -s 20000000 holes; echo next > next
      tar --create --sparse --hole-detection=raw ${format} --file=blob holes next; sha256sum < holes > sum`,
    )
    const tree = join(directory, 'tree')
    await trees.unpackLayer({ blob: join(directory, 'blob'), tree, base: [] })
    expect(shell(tree, 'sha256sum < holes; cat next')).toBe(`${shell(directory, 'cat sum')}next\n`)
    expect(statSync(join(tree, 'holes')).blocks * 512).toBeLessThan(2_000_000)
  },
)
