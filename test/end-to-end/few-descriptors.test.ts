import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
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
    expect(stderr).toMatch(exitCode === 0 ? /^$/ : /^ERROR: Cannot .*(EMFILE|os error 24)/)
  }
  expect(outcomes).toEqual(new Set([125, 0]))
  expect(await tsbuild.ok('ps', '--all', '--quiet')).toBe('')
})
