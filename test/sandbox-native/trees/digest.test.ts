import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { FileSource, Selection } from '../../../sandbox-native/driver/index.ts'
import { shell, trees, workspace } from '../../support/trees.ts'

async function digestOf(source: FileSource, selection: Selection = { paths: ['.'] }): Promise<string> {
  const [item] = (await trees.digest({ items: [{ source, selection }] })).items
  if (item === undefined || !('digest' in item)) throw new Error(`No digest: ${JSON.stringify(item)}`)
  return item.digest
}

const cachedSource = (directory: string): FileSource => ({
  kind: 'directory',
  root: join(directory, 'c'),
  ignore: [],
  statCache: join(directory, 'cache'),
})

const CONTEXT = 'mkdir -p c/d; echo a > c/a; echo b > c/d/b; ln -s a c/l; chmod 644 c/a c/d/b; chmod 755 c/d'

test.each([
  ['bytes', 'echo A > c/a'],
  ['a name', 'mv c/a c/z'],
  ['a mode', 'chmod 600 c/a'],
  ['the mode of a directory', 'chmod 700 c/d'],
  ['a link target', 'ln -sfn d c/l'],
  ['a new empty file', 'touch c/new'],
  ['a new empty directory', 'mkdir c/new'],
  ['a file that becomes a directory', 'rm c/a; mkdir c/a'],
  ['an attribute', `python3 -c 'import os; os.setxattr("c/a", "user.x", b"y")'`],
])('the digest changes with %s', async (_, change) => {
  const directory = workspace()
  shell(directory, CONTEXT)
  const source = cachedSource(directory)
  const before = await digestOf(source)
  shell(directory, change)
  expect(await digestOf(source)).not.toBe(before)
})

test.each([
  ['times', 'touch -d 2001-01-01 c/a c/d c'],
  ['the owner on the host', 'chown -R 12:34 c'],
  ['the copied directory itself', 'chmod 700 c'],
  ['ignored files', 'echo new > c/x.log; mkdir c/node_modules; echo n > c/node_modules/n'],
])('the digest does not change with %s', async (_, change) => {
  const directory = workspace()
  shell(directory, CONTEXT)
  const source: FileSource = { kind: 'directory', root: join(directory, 'c'), ignore: ['*.log', 'node_modules'] }
  const before = await digestOf(source)
  shell(directory, change)
  expect(await digestOf(source)).toBe(before)
})

test('a change that keeps size and time is detected while the file is young', async () => {
  const directory = workspace()
  shell(directory, 'mkdir c; echo one > c/a')
  const source = cachedSource(directory)
  const before = await digestOf(source)
  shell(directory, 'touch -r c/a stamp; echo two > c/a; touch -r stamp c/a')
  expect(await digestOf(source)).not.toBe(before)
})

test('a file that did not change is not read again, whatever else was digested', async () => {
  const directory = workspace()
  shell(directory, 'mkdir c; echo a > c/a; echo b > c/b; echo d > c/d; touch -d 2001-01-01 c/*; sleep 0.2')
  const source = cachedSource(directory)
  const items = ['a', 'b'].map((path) => ({ source, selection: { paths: [path] } }))
  await trees.digest({ items })
  await digestOf(source, { paths: ['d'] })
  const known = readFileSync(join(directory, 'cache')).length
  await trees.digest({ items })
  expect(readFileSync(join(directory, 'cache')).length).toBe(known)
  const [magicBytes, recordBytes, sumBytes] = [16, 72, 32]
  expect(known).toBe(magicBytes + 3 * recordBytes + sumBytes)
})

test('an invalid cache is treated as empty', async () => {
  const directory = workspace()
  shell(directory, `${CONTEXT}; touch -d 2001-01-01 c/a c/d/b; sleep 0.2; echo garbage > cache`)
  const cached: FileSource = {
    kind: 'directory',
    root: join(directory, 'c'),
    ignore: [],
    statCache: join(directory, 'cache'),
  }
  const plain: FileSource = { kind: 'directory', root: join(directory, 'c'), ignore: [] }
  expect(await digestOf(cached)).toBe(await digestOf(plain))
  expect(readFileSync(join(directory, 'cache'), 'latin1').startsWith('tsbuild stats')).toBe(true)
  expect(await digestOf(cached)).toBe(await digestOf(plain))
})

test('a directory and a layer with the same files have the same digest', async () => {
  const directory = workspace()
  shell(directory, CONTEXT)
  const source: FileSource = { kind: 'directory', root: join(directory, 'c'), ignore: [] }
  const [tar, index] = [join(directory, 'l.tar'), join(directory, 'l.index')]
  await trees.writeLayer({
    base: [],
    actions: [{ kind: 'copy', source, selection: { paths: ['.'] }, to: '/app' }],
    tar,
    index,
    wantDiffId: false,
  })
  const layers: FileSource = { kind: 'layers', layers: [{ kind: 'tar', path: tar, index }] }
  expect(await digestOf(layers, { paths: ['/app'] })).toBe(await digestOf(source))
})

test('the manifest lists each file with its digest', async () => {
  const directory = workspace()
  shell(directory, CONTEXT)
  const source: FileSource = { kind: 'directory', root: join(directory, 'c'), ignore: [] }
  const manifestDirectory = join(directory, 'manifests')
  mkdirSync(manifestDirectory)
  const { items } = await trees.digest({ items: [{ source, selection: { paths: ['.'] }, manifestDirectory }] })
  const [item] = items
  const name = item && 'digest' in item ? `${item.digest.slice('blake3:'.length)}.manifest` : ''
  expect(readdirSync(manifestDirectory)).toEqual([name])
  const lines = readFileSync(join(manifestDirectory, name), 'utf8').trimEnd().split('\n')
  expect(lines.map((line) => line.split('\t')[0])).toEqual(['a', 'd', 'd/b', 'l'])
  expect(lines.every((line) => /\t[0-9a-f]{64}$/.test(line))).toBe(true)
  expect(existsSync(join(directory, 'cache'))).toBe(false)
})
