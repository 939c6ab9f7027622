import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { trees } from '../../support/trees.ts'

const room = temporaryDirectory('list-files')
const [tree, below] = [join(room, 'tree'), join(room, 'below')]
const file = { kind: 'file', mode: 0o644, uid: 0, gid: 0 }

beforeAll(() => {
  for (const directory of [tree, below]) mkdirSync(directory)
  writeFileSync(join(below, 'deleted'), '')
  const script = `umask 022; mkdir d d/private; chmod 700 d/private; printf 12345 > d/private/large; printf 123 > small
    chown 7:8 small; chmod 4755 small; ln -s /small link; mkfifo fifo; mknod deleted c 0 0`
  execFileSync('sh', ['-c', script], { cwd: tree })
})

test('files of a tree are listed, largest first, with owners, modes, link targets and whiteouts', async () => {
  const { fileCount, files } = await trees.listFiles({ layer: { kind: 'tree', path: tree }, maxFiles: 100 })
  expect(fileCount).toBe(5)
  const directory = { kind: 'directory', sizeBytes: 0, uid: 0, gid: 0 }
  expect(files).toEqual([
    { ...file, path: '/d/private/large', sizeBytes: 5 },
    { ...file, path: '/small', sizeBytes: 3, mode: 0o4755, uid: 7, gid: 8 },
    { ...directory, path: '/d', mode: 0o755 },
    { ...directory, path: '/d/private', mode: 0o700 },
    { path: '/deleted', kind: 'whiteout', sizeBytes: 0, mode: 0, uid: 0, gid: 0 },
    { path: '/fifo', kind: 'device', sizeBytes: 0, mode: 0o644, uid: 0, gid: 0 },
    { path: '/link', kind: 'symlink', sizeBytes: 0, mode: 0o777, uid: 0, gid: 0, target: '/small' },
  ])
})

test('a tar has the same list as its tree, up to the requested number', async () => {
  const [tar, index] = [join(room, 'tar'), join(room, 'index')]
  const layer = { kind: 'tree', path: tree } as const
  await trees.packLayer({
    layer,
    base: [{ kind: 'tree', path: below }],
    output: { path: tar, compression: 'none' },
    index,
  })
  const listed = await trees.listFiles({ layer, maxFiles: 3 })
  expect(await trees.listFiles({ layer: { kind: 'tar', path: tar, index }, maxFiles: 3 })).toEqual(listed)
  expect(listed).toMatchObject({
    fileCount: 5,
    files: [{ path: '/d/private/large' }, { path: '/small' }, { path: '/d' }],
  })
})
