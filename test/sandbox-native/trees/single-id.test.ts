import { lstatSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openNative } from '../../../sandbox-native/driver/index.ts'
import { rawTar } from '../../support/raw-tar.ts'
import { treeOf, workspace } from '../../support/trees.ts'

test('with a single ID, owners are recorded and packed again', async () => {
  const { trees } = openNative({ idMapping: { kind: 'single' } })
  const directory = workspace()
  writeFileSync(
    join(directory, 'blob'),
    rawTar([
      { name: 'etc/', type: '5', mode: 0o755, uid: 3, gid: 4, mtime: 5 },
      { name: 'etc/shadow', mode: 0o640, gid: 42, data: 'x', mtime: 5 },
    ]),
  )
  const tree = join(directory, 'tree')
  const unpacked = await trees.unpackLayer({ blob: join(directory, 'blob'), tree, base: [] })
  expect(lstatSync(join(tree, 'etc/shadow')).gid).toBe(0)
  const packed = await trees.packLayer({ layer: treeOf(tree), base: [] })
  expect(packed).toEqual(unpacked)
  await trees.remove({ paths: [tree] })
})

test('with a single ID, a copied tree keeps the recorded owners', async () => {
  const { trees } = openNative({ idMapping: { kind: 'single' } })
  const directory = workspace()
  mkdirSync(join(directory, 'context'))
  writeFileSync(join(directory, 'context/f'), 'x')
  const source = { kind: 'directory', root: join(directory, 'context'), ignore: [] } as const
  const [tar, index] = [join(directory, 'l.tar'), join(directory, 'l.index')]
  const written = await trees.writeLayer({
    base: [],
    actions: [{ kind: 'copy', source, selection: { paths: ['f'] }, to: '/a/', owner: '1000:1001' }],
    tar,
    index,
    wantDiffId: true,
  })
  await trees.unpackLayer({ blob: tar, tree: join(directory, 'tree'), base: [] })
  const again = await trees.packLayer({ layer: treeOf(join(directory, 'tree')), base: [] })
  expect(again.diffId).toBe(written.diffId)
  await trees.remove({ paths: [join(directory, 'tree')] })
})
