import { expect, test } from 'vitest'
import type { Selection } from '../../../sandbox-native/driver/index.ts'
import { listTar, shell, trees, workspace, writeLayer } from '../../support/trees.ts'

const CONTEXT = `umask 022
mkdir -p d/sub/deep wild/x1 wild/x2 docs
echo a > d/a; echo s > d/sub/s; echo z > d/sub/deep/z
echo f1 > f1; echo f2 > f2; ln -s f1 lf; ln -s d ld; ln -s /f1 labs; ln -s a d/inner; ln -s ../../../../d/sub lup
echo w > wild/x1/w; echo w > wild/x2/w; echo t > 'wild/t[1].txt'; echo r > docs/r.md; echo n > docs/n.txt
ln d/a d/again; mkfifo d/pipe; echo ü > 'd/ünï cödé'`

const names = (lines: readonly string[]) => lines.map((line) => line.split(' ').slice(2).join(' '))

const cases: readonly { promise: string; selection: Selection; expected: readonly string[] }[] = [
  {
    promise: 'everything in a directory, links as links, other names of a file as hard links',
    selection: { paths: ['d'] },
    expected: [
      'x/',
      'x/a',
      'x/again link to x/a',
      'x/inner -> a',
      'x/pipe',
      'x/sub/',
      'x/sub/deep/',
      'x/sub/deep/z',
      'x/sub/s',
      'x/ünï cödé',
    ],
  },
  { promise: 'a link as source is followed', selection: { paths: ['lf'] }, expected: ['x/', 'x/lf'] },
  { promise: 'an absolute link stays within the context', selection: { paths: ['labs'] }, expected: ['x/', 'x/labs'] },
  {
    promise: 'a link with too many .. stays within the context',
    selection: { paths: ['lup'] },
    expected: ['x/', 'x/deep/', 'x/deep/z', 'x/s'],
  },
  { promise: 'a link on the way is followed', selection: { paths: ['ld/sub/s'] }, expected: ['x/', 'x/s'] },
  {
    promise: '.. and a leading slash are trimmed',
    selection: { paths: ['../../f1', '/f2'] },
    expected: ['x/', 'x/f1', 'x/f2'],
  },
  { promise: 'wildcards match names', selection: { paths: ['f?'] }, expected: ['x/', 'x/f1', 'x/f2'] },
  { promise: 'wildcards match directories on the way', selection: { paths: ['w*/x?/w'] }, expected: ['x/', 'x/w'] },
  {
    promise: 'a bracket is matched by a class',
    selection: { paths: ['wild/t[[]1].txt'] },
    expected: ['x/', 'x/t[1].txt'],
  },
  { promise: 'a wildcard without a match is fine', selection: { paths: ['*.none', 'f1'] }, expected: ['x/', 'x/f1'] },
  { promise: 'wildcards alone may match nothing', selection: { paths: ['*.none'] }, expected: [] },
  {
    promise: 'exclude leaves out, relative to the source',
    selection: { paths: ['d'], exclude: ['sub/deep', 'p*', '**/s', '*nn*', '*ag*', 'inner', '*cö*'] },
    expected: ['x/', 'x/a', 'x/sub/'],
  },
  {
    promise: 'exclude with an exception keeps the way to it',
    selection: { paths: ['d'], exclude: ['**', '!sub/deep/z'] },
    expected: ['x/', 'x/sub/', 'x/sub/deep/', 'x/sub/deep/z'],
  },
  {
    promise: 'exclude does not hold for the sources themselves',
    selection: { paths: ['f1', 'f2'], exclude: ['f2'] },
    expected: ['x/', 'x/f1', 'x/f2'],
  },
  {
    promise: 'parents are kept',
    selection: { paths: ['d/sub/s', 'wild/*/w'], parents: true },
    expected: [
      'x/',
      'x/d/',
      'x/d/sub/',
      'x/d/sub/s',
      'x/wild/',
      'x/wild/x1/',
      'x/wild/x1/w',
      'x/wild/x2/',
      'x/wild/x2/w',
    ],
  },
  {
    promise: 'each directory that a pivot with wildcards matches is a source',
    selection: { paths: ['wild/x*/./w', 'none*/./w'], parents: true },
    expected: ['x/', 'x/w'],
  },
  {
    promise: 'parents before the pivot are dropped',
    selection: { paths: ['d/./sub/s'], parents: true },
    expected: ['x/', 'x/sub/', 'x/sub/s'],
  },
  {
    promise: 'parents cross directories with **',
    selection: { paths: ['**/*.md'], parents: true },
    expected: ['x/', 'x/docs/', 'x/docs/r.md'],
  },
]

test.each(cases)('copy takes $promise', async ({ selection, expected }) => {
  const directory = workspace()
  shell(directory, `mkdir context; cd context; ${CONTEXT}`)
  const source = { kind: 'directory', root: `${directory}/context`, ignore: [] } as const
  const layer = await writeLayer(directory, [], [{ kind: 'copy', source, selection, to: '/x/' }])
  expect(names(listTar(layer.path))).toEqual(expected)
})

test('a missing path is reported, with similar names', async () => {
  const directory = workspace()
  shell(directory, 'mkdir context; cd context; echo x > requirements.txt; echo x > hidden')
  const source = { kind: 'directory', root: `${directory}/context`, ignore: ['hidden'] } as const
  const digest = async (path: string) =>
    (await trees.digest({ items: [{ source, selection: { paths: [path] } }] })).items[0]
  expect(await digest('requirement.txt')).toEqual({
    missing: 'requirement.txt',
    isIgnored: false,
    similar: ['requirements.txt'],
  })
  expect(await digest('hidden')).toEqual({ missing: 'hidden', isIgnored: true })
  await expect(
    writeLayer(directory, [], [{ kind: 'copy', source, selection: { paths: ['requirement.txt'] }, to: '/' }]),
  ).rejects.toMatchObject({ code: 'TREE_MISSING' })
})

test('a socket in the source becomes an empty file', async () => {
  const directory = workspace()
  shell(
    directory,
    `mkdir context; echo x > context/x; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("context/s")'`,
  )
  const source = { kind: 'directory', root: `${directory}/context`, ignore: [] } as const
  const layer = await writeLayer(directory, [], [{ kind: 'copy', source, selection: { paths: ['.'] }, to: '/' }])
  expect(names(listTar(layer.path))).toEqual(['s', 'x'])
})
