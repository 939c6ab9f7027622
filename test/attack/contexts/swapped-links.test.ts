import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createTsbuild } from '../../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const tsbuild = createTsbuild({ BUILDKIT_PROGRESS: 'plain' })
const room = temporaryDirectory('exchange')
const outside = join(room, 'outside')
const SECRET = 'of the host'

beforeAll(() => {
  execFileSync('cc', ['-O2', '-static', '-o', join(room, 'exchange'), join(import.meta.dirname, 'exchange.c')])
  mkdirSync(outside)
  writeFileSync(join(outside, 'file'), SECRET)
})

/** Another user with access to the directory keeps exchanging `name` with a link that leads out of the context. */
test.each([
  ['a directory, copied with all around it', 'directory', 'COPY . /all'],
  ['a directory, of which a file is copied', 'directory', 'COPY directory/file /file'],
  ['a directory, in which a pattern is looked for', 'directory', 'COPY directory/* /files/'],
  ['a file', 'file', 'COPY file /file'],
])('nothing outside of the context is read through %s', async (_, name, instruction) => {
  const context = mkdtempSync(join(room, 'context-'))
  mkdirSync(join(context, 'directory'))
  for (const file of ['file', 'directory/file']) writeFileSync(join(context, file), 'of the context')
  symlinkSync(name === 'file' ? join(outside, 'file') : outside, join(context, 'link'))
  writeFileSync(join(context, 'Dockerfile'), `FROM scratch\n${instruction}\n`)
  const exchanging = spawn(join(room, 'exchange'), [join(context, name), join(context, 'link')])
  try {
    for (let round = 0; round < 4; round += 1) {
      const { stdout, stderr } = await tsbuild.run('build', '--no-cache', '--output=type=tar,dest=-', context)
      expect(stdout + stderr).not.toContain(SECRET)
    }
    expect(exchanging.exitCode).toBeNull()
  } finally {
    exchanging.kill('SIGKILL')
  }
})
