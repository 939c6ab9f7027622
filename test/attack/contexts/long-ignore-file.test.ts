import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { trees, workspace } from '../../support/trees.ts'

const PATTERNS = 100_000
let root: string

beforeAll(() => {
  root = temporaryDirectory('long-ignore-file')
  for (let folder = 0; folder < 100; folder += 1) {
    mkdirSync(join(root, `folder-${folder}`))
    for (let file = 0; file < 100; file += 1) writeFileSync(join(root, `folder-${folder}`, `file-${file}`), '')
  }
})

/** Without an index, each of these takes a billion comparisons. */
test.each<[string, (number: number) => string]>([
  ['names', (number) => `name-${number}`],
  ['names in any directory', (number) => `**/name-${number}.log`],
  ['wildcards', (number) => `*/[a-z]*-${number}-?`],
  ['exceptions', (number) => `${number % 2 === 0 ? '' : '!'}kept/*-${number}`],
  ['one pattern again and again', () => 'other'],
])('a hundred thousand patterns do not slow down ten thousand files: %s', async (_, pattern) => {
  const manifestDirectory = workspace()
  const ignore = ['folder-7', ...Array.from({ length: PATTERNS }, (_, number) => pattern(number))]
  const source = { kind: 'directory', root, ignore } as const
  await trees.digest({ items: [{ source, selection: { paths: ['.'] }, manifestDirectory }] })
  const [manifest = ''] = readdirSync(manifestDirectory)
  const lines = readFileSync(join(manifestDirectory, manifest), 'utf8').trim().split('\n')
  expect(lines.filter((line) => line.includes('/file-'))).toHaveLength(9900)
})
