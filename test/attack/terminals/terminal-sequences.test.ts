import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runInProcess } from '../../cli/support/run-in-process.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const directory = temporaryDirectory('cli')
const TITLE = '\u001b]0;title\u0007'

test.each([
  [['graph'], 'RUN'],
  [['build', '--call=outline'], 'BUILD ARG'],
  [['build', '--call=targets'], 'TARGET'],
  [['build', '--check'], 'WARNING'],
])('%j sends no control sequences of an untrusted Dockerfile to the terminal', async (words, shown) => {
  const context = join(directory, 'context')
  mkdirSync(context, { recursive: true })
  const lines = [`# a is ${TITLE}`, 'FROM scratch AS A', `ARG a="${TITLE}"`, `RUN ["${TITLE}x"]`]
  writeFileSync(join(context, 'Dockerfile'), `${lines.join('\n')}\n`)
  const { stdout, stderr } = await runInProcess([...words, context], { root: join(directory, 'store') })
  expect(stdout).toContain(shown)
  expect(stdout + stderr).not.toContain('\u001b')
})
