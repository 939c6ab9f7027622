import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from './temporary-directory.ts'

/** Test files that a separate vitest runs in one worker, one after the other. */
const FILES = {
  'a.test.ts': `
beforeAll(() => {
  removeAfterFile(() => note('first of the file'))
  removeAfterFile(() => note('second of the file'))
})
test('fails', () => {
  removeAfterTest(() => note('first of the test'))
  removeAfterTest(() => note('second of the test'))
  expect(1).toBe(2)
})
test('has a removal that fails and one that ran early', async () => {
  const early = removeAfterTest(() => note('early'))
  removeAfterTest(() => note('despite the failure'))
  removeAfterTest(() => Promise.reject(new Error('cannot be removed')))
  early()
})
`,
  'b.test.ts': `
test('of the next file', () => {
  note('next file')
  removeAfterFile(() => note('end of the next file'))
})
`,
}

test('what tests create is removed newest first, once, also after failures, and before the next file begins', () => {
  const directory = temporaryDirectory('removed')
  const notes = join(directory, 'notes')
  const support = import.meta.dirname
  mkdirSync(join(directory, 'test'))
  for (const [name, tests] of Object.entries(FILES))
    writeFileSync(
      join(directory, 'test', name),
      `import { appendFileSync } from 'node:fs'
import { beforeAll, expect, test } from '${import.meta.resolve('vitest')}'
import { removeAfterFile, removeAfterTest } from '${support}/removed-afterwards.ts'
const note = (text) => appendFileSync('${notes}', text + '\\n')
${tests}`,
    )
  writeFileSync(
    join(directory, 'vitest.config.mjs'),
    `export default { test: { pool: 'forks', isolate: false, maxWorkers: 1, fileParallelism: false, sequence: { shuffle: false },
  setupFiles: ['${support}/end-of-test.ts'] } }\n`,
  )
  const vitest = resolve(support, '../../node_modules/vitest/vitest.mjs')
  const words = [vitest, 'run', '--root', directory, '--reporter=verbose']
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  expect(`${stdout}${stderr}`).toContain('cannot be removed')
  expect(status).toBe(1)
  expect(readFileSync(notes, 'utf8').trim().split('\n')).toEqual([
    'second of the test',
    'first of the test',
    'early',
    'despite the failure',
    'second of the file',
    'first of the file',
    'next file',
    'end of the next file',
  ])
})
