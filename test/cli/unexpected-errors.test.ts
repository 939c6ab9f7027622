import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { CliError } from '../../cli/errors.ts'
import { asUnexpected } from '../../cli/unexpected-error.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const program = resolve(import.meta.dirname, '../../bin/tsbuild')
const directory = temporaryDirectory('cli')
const fifo = join(directory, 'fifo')
execFileSync('mkfifo', [fifo])
const silent = openSync(fifo, 'r+')
afterAll(() => {
  closeSync(silent)
})

/** `build -` waits for its input: the error occurs first. */
function runWithFault(fault: string, ...flags: string[]) {
  const preload = join(directory, 'fault.cjs')
  writeFileSync(preload, `setTimeout(() => { ${fault} }, 200)`)
  const env = { ...process.env, TSBUILD_ROOT: join(directory, 'store'), NODE_OPTIONS: `--require ${preload}` }
  return spawnSync(program, ['build', ...flags, '-'], { env, encoding: 'utf8', stdio: [silent, 'pipe', 'pipe'] })
}

test.each(["throw new TypeError('boom')", "Promise.reject(new TypeError('boom'))"])(
  '%s is reported as a bug',
  (fault) => {
    const { status, stderr } = runWithFault(fault)
    expect(status).toBe(125)
    expect(stderr).toBe(
      [
        'ERROR: Cannot continue: unexpected error (a bug in tsbuild): TypeError: boom',
        '  hint: Repeat the command with --debug and report its output: see "Report a problem" in README.md',
        '',
      ].join('\n'),
    )
  },
)

test('--debug adds the code and the stack', () => {
  const { stderr } = runWithFault("throw new TypeError('boom')", '--debug')
  expect(stderr).toMatch(
    /\(a bug in tsbuild\): TypeError: boom \[CLI_UNEXPECTED\]\n(?:.*\n)*caused by TypeError: boom\n {4}at /,
  )
})

test('errors with a code and cancellations are expected, programming errors are not', () => {
  const coded = (code: string) => Object.assign(new Error('x'), { code })
  const foreseen = [
    coded('STORE_FULL'),
    coded('EACCES'),
    new Error('x', { cause: coded('ENOSPC') }),
    AbortSignal.abort().reason,
  ]
  for (const error of foreseen) expect(asUnexpected(error)).toBe(error)
  for (const error of [new Error('x'), coded('ERR_ASSERTION'), 'text', undefined]) {
    const unexpected = asUnexpected(error)
    expect(unexpected).toBeInstanceOf(CliError)
    expect(unexpected).toMatchObject({ code: 'CLI_UNEXPECTED', ...(error !== undefined && { cause: error }) })
  }
})
