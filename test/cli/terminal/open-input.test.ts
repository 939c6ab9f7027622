import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { openInput } from '../../../cli/terminal/open-input.ts'
import { removeAfterTest } from '../../support/removed-afterwards.ts'

test.each([
  ['loop', 'too many levels of symbolic links'],
  ['none', 'no such file or directory'],
  ['loop/file', 'too many levels of symbolic links'],
  ['/dev/null/file', 'not a directory'],
  ['.', 'is a directory'],
])('an archive that cannot be read is reported with the reason: %s', (name, reason) => {
  const cwd = mkdtempSync(join(tmpdir(), 'tsbuild-input-'))
  removeAfterTest(async () => rmSync(cwd, { recursive: true }))
  symlinkSync('loop', join(cwd, 'loop'))
  const io = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough(), env: {}, cwd }
  expect(() => openInput(io, name, 'the archive')).toThrow(
    expect.objectContaining({ code: 'CLI_INPUT_MISSING', message: `Cannot read the archive "${name}": ${reason}` }),
  )
})
