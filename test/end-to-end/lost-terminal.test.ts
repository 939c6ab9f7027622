import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from './bases.ts'
import { createTsbuild } from './tsbuild.ts'

const tsbuild = createTsbuild()
const program = resolve(import.meta.dirname, '../../bin/tsbuild')
beforeAll(() => importBusybox(tsbuild))

test('a command whose terminal is closed exits with 129, as after SIGHUP', async () => {
  const [started, ended] = [join(tsbuild.root, 'started'), join(tsbuild.root, 'ended')]
  // As a shell does with its jobs.
  const hangUp = `p=$!; trap 'kill -HUP $p' HUP; sleep 1; touch ${started}`
  const script = `${program} events & ${hangUp}; wait $p; wait $p; echo $? > ${ended}`
  const env = { ...process.env, TSBUILD_ROOT: tsbuild.root, SHELL: '/bin/sh' }
  const terminal = spawn('script', ['-qec', script, '/dev/null'], { stdio: 'pipe', env })
  await expect.poll(() => existsSync(started)).toBe(true)
  terminal.kill('SIGKILL')
  const code = () => (existsSync(ended) ? readFileSync(ended, 'utf8').trim() : undefined)
  await expect.poll(code).toBe('129')
})

test('a container whose terminal is closed continues without its client', async () => {
  const ended = join(tsbuild.root, 'ended-run')
  const name = `box${process.pid}`
  const command = `${program} run -it --network none --name ${name} busybox sh -c "echo ready; cat"`
  const script = `trap : HUP; ${command}; echo $? > ${ended}`
  const env = { ...process.env, TSBUILD_ROOT: tsbuild.root, SHELL: '/bin/sh' }
  const terminal = spawn('script', ['-qec', script, '/dev/null'], { stdio: 'pipe', env })
  await new Promise((resolve) => terminal.stdout.once('data', resolve))
  const client = () => execFileSync('pgrep', ['-f', `start.cjs run .*${name}`], { encoding: 'utf8' }).trim()
  const pid = client()
  terminal.kill('SIGKILL')
  spawnSync('kill', ['-HUP', pid]) // unless the closed terminal has ended it already
  const code = () => (existsSync(ended) ? readFileSync(ended, 'utf8').trim() : undefined)
  await expect.poll(code).toBe('129')
  expect(await tsbuild.ok('ps', '--format', '{{.Names}}')).toBe(name)
  await tsbuild.ok('rm', '-f', name)
})
