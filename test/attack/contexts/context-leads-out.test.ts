import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listTar, shell, workspace, writeLayer } from '../../support/trees.ts'

test.each([
  ['a link to the parent directory', 'ln -s .. escape', 'escape/secret'],
  ['an absolute link', 'ln -s "$OUT" escape', 'escape/secret'],
  ['a link to a file outside', 'ln -s "$OUT/secret" escape', 'escape'],
  ['a chain of links', 'ln -s b a; ln -s ../../../../../../../../../../"$OUT"/secret b', 'a'],
  ['the path itself', 'true', '../secret'],
  ['a wildcard behind a link', 'ln -s "$OUT" escape', 'escape/secre*/../secret'],
])('%s does not lead out of the context', async (_, script, path) => {
  const directory = workspace()
  writeFileSync(join(directory, 'secret'), 'secret')
  shell(directory, `mkdir context; cd context; export OUT=${directory}; ${script}`)
  const source = { kind: 'directory', root: join(directory, 'context'), ignore: [] } as const
  const copy = writeLayer(directory, [], [{ kind: 'copy', source, selection: { paths: [path] }, to: '/x' }])
  await expect(copy).rejects.toMatchObject({ code: 'TREE_MISSING' })
})

test('links in a copied directory remain links', async () => {
  const directory = workspace()
  writeFileSync(join(directory, 'secret'), 'secret')
  shell(directory, 'mkdir -p context/d; ln -s ../../secret context/d/file; ln -s ../.. context/d/dir')
  const source = { kind: 'directory', root: join(directory, 'context'), ignore: [] } as const
  const layer = await writeLayer(directory, [], [{ kind: 'copy', source, selection: { paths: ['d'] }, to: '/x' }])
  expect(listTar(layer.path)).toEqual([
    'drwxr-xr-x 0/0 x/',
    'lrwxrwxrwx 0/0 x/dir -> ../..',
    'lrwxrwxrwx 0/0 x/file -> ../../secret',
  ])
})

test('a path of two thousand directories is copied', async () => {
  const directory = workspace()
  shell(directory, "mkdir context; path=context/$(printf 'd/%.0s' $(seq 1900)); mkdir -p $path; touch $path/f")
  const source = { kind: 'directory', root: join(directory, 'context'), ignore: [] } as const
  const layer = await writeLayer(directory, [], [{ kind: 'copy', source, selection: { paths: ['.'] }, to: '/' }])
  expect(layer.entryCount).toBe(1901)
})
