import { existsSync, lstatSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listTree, mergedListing, shell, treeOf, trees, workspace } from '../../support/trees.ts'

test('merged layers match the view of overlayfs', async () => {
  const directory = workspace()
  shell(
    directory,
    `umask 022; mkdir -p low/a low/d low/o mid/d mid/o top/d merged
     echo 1 > low/a/f; echo 1 > low/d/x; echo 1 > low/d/y; echo 1 > low/o/gone; ln low/a/f low/a/g
     echo 2 > mid/d/x; mknod mid/a c 0 0; echo 2 > mid/o/new
     python3 -c 'import os; os.setxattr("mid/o", "trusted.overlay.opaque", b"y")'
     echo 3 > top/d/z; mknod top/d/y c 0 0; mkdir top/a; echo 3 > top/a/back`,
  )
  const layers = ['top', 'mid', 'low'].map((name) => treeOf(join(directory, name)))
  const shown = shell(
    directory,
    `unshare --mount bash -ec 'mount -t overlay overlay -o lowerdir=top:mid:low merged; tar -C merged --sort=name -cf - . | tar -tv --numeric-owner' | awk '{print $1, $2, $6, $7, $8}'`,
  )
  const expected = shown
    .split('\n')
    .map((line) => line.replace('./', '').trim())
    .filter((line) => !line.endsWith(' 0/0') && line !== '')
  expect(await mergedListing(directory, layers)).toEqual(expected)
})

test('part of the merged tree is written with the caller as owner, over existing files', async () => {
  const directory = workspace()
  shell(
    directory,
    'umask 022; mkdir -p low/app/sub out/sub; echo new > low/app/f; chown 5:6 low/app/f; ln -s f low/app/l; echo old > out/f; echo kept > out/sub/kept; ln -s /etc out/l; ln -s low link',
  )
  await trees.flatten({
    layers: [treeOf(join(directory, 'low'))],
    subpath: '/app',
    output: { kind: 'directory', path: join(directory, 'out') },
  })
  expect(listTree(join(directory, 'out')).map((line) => line.split(' ').slice(0, 4).join(' '))).toEqual([
    'f file 644 0:0',
    'l link 0:0 ->',
    'sub dir 755 0:0',
    'sub/kept file 644 0:0',
  ])
  expect(readFileSync(join(directory, 'out/f'), 'utf8')).toBe('new\n')
})

test('a tar of a subdirectory contains its links, and can be followed by another', async () => {
  const directory = workspace()
  shell(directory, 'umask 022; mkdir -p low/d; echo 1 > low/d/f; ln low/d/f low/g; ln -s d/f low/s')
  for (const name of ['one', 'two']) {
    const output = { kind: 'tar', path: join(directory, `${name}.tar`), directory: name } as const
    await trees.flatten({ layers: [treeOf(join(directory, 'low'))], output })
  }
  shell(directory, 'head -c -1024 one.tar > both.tar; cat two.tar >> both.tar; mkdir out; tar -C out -xf both.tar')
  const links = shell(directory, 'stat -c "%n %h" out/*/g; readlink out/two/s; cat out/two/d/f')
  expect(links).toBe('out/one/g 2\nout/two/g 2\nd/f\n1\n')
})

test('a missing part is an error', async () => {
  const directory = workspace()
  mkdirSync(join(directory, 'low'))
  await expect(
    trees.flatten({
      layers: [treeOf(join(directory, 'low'))],
      subpath: '/no',
      output: { kind: 'tar', path: join(directory, 't') },
    }),
  ).rejects.toMatchObject({ code: 'TREE_MISSING' })
})

test('remove() deletes all modes, file types and depths, follows no link, and ignores missing paths', async () => {
  const directory = workspace()
  shell(
    directory,
    `mkdir -p t/locked/inner keep; echo x > keep/x; echo x > t/locked/inner/x; ln -s ../keep t/link; mkfifo t/p; mknod t/w c 0 0; chmod 0 t/locked t/locked/inner
     python3 -c 'import os
os.chdir("t")
for _ in range(3000): os.mkdir("d"*20); os.chdir("d"*20)'`,
  )
  await trees.remove({ paths: [join(directory, 't'), join(directory, 'missing'), join(directory, 'no/such')] })
  expect(existsSync(join(directory, 't'))).toBe(false)
  expect(lstatSync(join(directory, 'keep/x')).isFile()).toBe(true)
})

test('remove() of a link deletes the link', async () => {
  const directory = workspace()
  shell(directory, 'mkdir keep; ln -s keep link')
  await trees.remove({ paths: [join(directory, 'link')] })
  expect(existsSync(join(directory, 'keep'))).toBe(true)
  expect(existsSync(join(directory, 'link'))).toBe(false)
})
