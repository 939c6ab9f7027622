import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { withNeededPatterns } from '../../../builder/context/needed-patterns.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

let root: string

beforeAll(() => {
  root = temporaryDirectory('patterns')
  mkdirSync(join(root, 'src/deep'), { recursive: true })
  writeFileSync(join(root, 'src/deep/a.c'), '')
  symlinkSync('src', join(root, 'link'))
})

const many = Array.from({ length: 300 }, (_, index) => `other${index}/*.o`)
const ignore = [...many, 'src/*.o', '**/*.tmp', '!src/keep.tmp', 's*', '.']

async function sent(...paths: readonly string[]): Promise<readonly string[]> {
  const source = await withNeededPatterns({ kind: 'directory', root, ignore }, paths)
  return source.kind === 'directory' ? source.ignore : []
}

test('of many patterns, only those that can match below the path are sent, in order', async () => {
  const wanted = ['src/*.o', '**/*.tmp', '!src/keep.tmp', 's*', '.']
  expect(await sent('/src/deep')).toEqual(wanted)
  expect(await sent('src')).toEqual(wanted)
})

test.each([['/'], ['.'], ['*'], ['src/*/x'], ['link'], ['link/deep'], ['missing'], ['src/../other1']])(
  'all patterns are sent for "%s", which can lead anywhere',
  async (path) => expect(await sent(path)).toEqual(ignore),
)

test('few patterns are sent unchanged', async () => {
  const few = ['other/*.o', 'src']
  expect(await withNeededPatterns({ kind: 'directory', root, ignore: few }, ['src'])).toMatchObject({ ignore: few })
})
