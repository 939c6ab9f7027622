import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, type Finished, finished } from './tsbuild.ts'

const program = resolve(import.meta.dirname, '../../bin/tsbuild')
const tsbuild = createTsbuild()

beforeAll(() => importBusybox(tsbuild))

/** Runs with a limit of open descriptors. */
function runWith(limit: number, ...words: string[]): Promise<Finished> {
  const env = { ...process.env, TSBUILD_ROOT: tsbuild.root }
  return finished(spawn('prlimit', [`--nofile=${limit}:${limit}`, program, ...words], { stdio: 'pipe', env }), '')
}

test('with few descriptors, a container runs or the shortage is reported', async () => {
  const outcomes = new Set<number>()
  for (let limit = 18; limit <= 44; limit += 2) {
    if ((await runWith(limit, 'version')).exitCode !== 0) continue // too few for node itself
    const { exitCode, stdout, stderr } = await runWith(
      limit,
      'run',
      '--rm',
      '--network',
      'none',
      'busybox',
      'echo',
      'hi',
    )
    outcomes.add(exitCode)
    expect({ exitCode, stdout }).toEqual(
      exitCode === 0 ? { exitCode: 0, stdout: 'hi\n' } : { exitCode: 125, stdout: '' },
    )
    expect(stderr).toMatch(exitCode === 0 ? /^$/ : /^ERROR: Cannot .*(EMFILE|too many open files|os error 24)/)
  }
  expect(outcomes).toEqual(new Set([125, 0]))
  expect(await tsbuild.ok('ps', '--all', '--quiet')).toBe('')
})

test('with few descriptors, a build succeeds or the error names the limit to raise', async () => {
  const context = temporaryDirectory('descriptors')
  writeFileSync(join(context, 'a'), 'content')
  writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY a /a\nCOPY a /b\n')
  const outcomes = new Set<boolean>()
  for (let limit = 24; limit <= 64; limit += 4) {
    const { exitCode, stdout, stderr } = await runWith(limit, 'build', '--quiet', '--no-cache', context)
    outcomes.add(exitCode === 0)
    if (exitCode === 0) expect(stdout).toMatch(/^sha256:\w{64}\n$/)
    else expect(stderr).toMatch(/ERROR: Cannot .*(EMFILE|too many open files|os error 24)[\s\S]*hint: .*ulimit/)
  }
  expect(outcomes).toEqual(new Set([false, true]))
})
