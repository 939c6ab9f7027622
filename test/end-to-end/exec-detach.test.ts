import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importBusybox } from './bases.ts'
import { createTsbuild, finished } from './tsbuild.ts'

const tsbuild = createTsbuild()
const program = resolve(import.meta.dirname, '../../bin/tsbuild')

beforeAll(async () => {
  await importBusybox(tsbuild)
  await tsbuild.ok('run', '-d', '--network', 'none', '--name', 'box', 'busybox', 'sleep', '999')
}, 60_000)
afterAll(() => tsbuild.close(), 60_000)

/** Runs expect commands on the terminal of an exec, and returns the exit code of the program. */
async function typed(flags: string, command: string, talk: string): Promise<number> {
  const script = `set timeout 20
    spawn -noecho ${program} exec -it ${flags} box sh -c {${command}}
    ${talk}
    expect eof
    exit [lindex [wait] 3]`
  const env = { ...process.env, TSBUILD_ROOT: tsbuild.root }
  return (await finished(spawn('expect', ['-c', script], { stdio: 'pipe', env }), undefined)).exitCode
}

const counting =
  'echo ready; i=0; rm -f /tmp/stop; while [ ! -e /tmp/stop ]; do i=$((i+1)); echo $i; echo $i > /tmp/last; sleep 0.02; done'

test.each([
  ['ctrl-p,ctrl-q', '', '\\020\\021'],
  ['others', '--detach-keys=ctrl-x,e', '\\030e'],
])('the detach keys %s leave the command running, without a reader of its output', async (_, flags, keys) => {
  expect(await typed(flags, counting, `expect "ready"; send "${keys}"`)).toBe(0)
  const last = () => tsbuild.ok('exec', 'box', 'cat', '/tmp/last')
  const before = await last()
  await expect.poll(last).not.toBe(before)
  await tsbuild.ok('exec', 'box', 'touch', '/tmp/stop')
  await expect.poll(() => tsbuild.ok('exec', 'box', 'ps')).not.toContain('while')
})

test('other keys that begin like the detach keys reach the command, whose exit code is returned', async () => {
  const talk = 'expect "ready"; send "\\020x"; expect "got"; '
  const command =
    'stty raw; echo ready; x=$(dd bs=1 count=2 2>/dev/null | od -An -tx1); echo got $x; [ "$x" = " 10 78" ] && exit 7'
  expect(await typed('', command, talk)).toBe(7)
})

test('unknown keys are refused', async () => {
  const { exitCode, stderr } = await tsbuild.run('exec', '-t', '--detach-keys', 'ctrl-?', 'box', 'true')
  expect(exitCode).toBe(1)
  expect(stderr).toContain('not a key')
})
