import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from './bases.ts'
import { createTsbuild, finished } from './tsbuild.ts'

const tsbuild = createTsbuild()
const program = resolve(import.meta.dirname, '../../bin/tsbuild')
beforeAll(() => importBusybox(tsbuild))

/** As after `ulimit -f`. */
function limited(...args: readonly string[]) {
  const env = { ...process.env, TSBUILD_ROOT: tsbuild.root }
  return finished(spawn('prlimit', ['--fsize=300000', program, ...args], { stdio: 'pipe', env }), undefined)
}

test('a file that would grow beyond the limit of the caller is named, and is not taken for a crash', async () => {
  const { exitCode, stderr } = await limited('save', '-o', join(tsbuild.root, 'saved.tar'), 'busybox')
  expect(stderr).toMatch(/^ERROR: Cannot write .*(?:File too large|EFBIG)/m)
  expect(exitCode).toBe(73)
})

test('a command of a container has the default of the signal', async () => {
  const command = ['sh', '-c', 'head -c 400000 /dev/zero > /file; echo $?']
  const run = ['run', '--rm', '--network', 'none', 'busybox', ...command]
  await tsbuild.ok(...run) // the image is unpacked
  expect((await limited(...run)).stdout.trim()).toBe('153') // 128 + SIGXFSZ
})
