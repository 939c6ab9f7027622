import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from './bases.ts'
import { createTsbuild, finished } from './tsbuild.ts'

const tsbuild = createTsbuild()
const program = resolve(import.meta.dirname, '../../bin/tsbuild')

beforeAll(async () => {
  await importBusybox(tsbuild)
  await tsbuild.ok('run', '-d', '--network', 'none', '--name', 'box', 'busybox', 'sleep', '999')
})

/** Runs expect commands on the terminal of an exec, and returns the exit code of the program. */
function typed(flags: string, command: string, talk: string): Promise<number> {
  return onTerminal(`exec -it ${flags} box sh -c {${command}}`, talk)
}

async function onTerminal(line: string, talk: string): Promise<number> {
  const script = `set timeout 20
    set stty_init {rows 40 columns 123}
    spawn -noecho ${program} ${line}
    ${talk}
    expect eof
    exit [lindex [wait] 3]`
  const env = { ...process.env, TSBUILD_ROOT: tsbuild.root }
  return (await finished(spawn('expect', ['-c', script], { stdio: 'pipe', env }), undefined)).exitCode
}

/** Newlines make expect take it for a list of patterns. */
const sees = (pattern: string) => `expect {\n${pattern} { }\ntimeout { exit 9 }\neof { exit 8 }\n}`
const DETACHED = sees('"read escape sequence"')

const counting =
  'echo ready; i=0; rm -f /tmp/stop; while [ ! -e /tmp/stop ]; do i=$((i+1)); echo $i; echo $i > /tmp/last; sleep 0.02; done'

test.each([
  ['ctrl-p,ctrl-q', '', '\\020\\021'],
  ['others', '--detach-keys=ctrl-x,e', '\\030e'],
])('the detach keys %s leave the command running, without a reader of its output', async (_, flags, keys) => {
  expect(await typed(flags, counting, `expect "ready"; send "${keys}"; ${DETACHED}`)).toBe(1)
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

test('as in docker, a key that ends a prefix of the detach keys does not begin them again', async () => {
  const talk = 'expect "ready"; send "\\020\\020\\021"; expect "got"; '
  const command =
    'stty raw; echo ready; x=$(dd bs=1 count=3 2>/dev/null | od -An -tx1); echo got $x; [ "$x" = " 10 10 11" ] && exit 7'
  expect(await typed('', command, talk)).toBe(7)
})

test.each(['ctrl-?', 'ctrl-A', 'é', 'ab', 'a,'])('unknown keys are refused: %s', async (keys) => {
  const { exitCode, stderr } = await tsbuild.run('exec', '-t', '--detach-keys', keys, 'box', 'true')
  expect(exitCode).toBe(1)
  expect(stderr).toContain('not a key')
})

test.each([
  ['an empty value for the default', '--detach-keys=', '\\020\\021'],
  ['DEL', '--detach-keys=DEL', '\\177'],
])('the detach keys can be %s', async (_, flags, keys) => {
  const talk = `expect "ready"; send "${keys}"; ${DETACHED}`
  expect(await typed(flags, 'echo ready; sleep 9', talk)).toBe(1)
})

test('attach: the detach keys are exit code 1, and Ctrl-C ends the client alone', async () => {
  await tsbuild.ok('run', '-dit', '--network', 'none', '--name', 'tty', 'busybox', 'sh', '-c', 'trap "" INT; cat')
  const attached = (flags: string, talk: string) => onTerminal(`attach ${flags} tty`, talk)
  expect(await attached('--detach-keys=q', `sleep 1; send "q"; ${DETACHED}`)).toBe(1)
  expect(await attached('--no-stdin', 'sleep 1; send "\\003"')).toBe(130)
  expect(await tsbuild.ok('inspect', '-f', '{{.State.Status}}', 'tty')).toBe('running')
})

test('line ends of a container’s terminal are not translated twice', async () => {
  const talk = sees('-re "one\r\ntwo\r\n"')
  expect(await onTerminal('run --rm -it --network none busybox printf {one\ntwo\n}', talk)).toBe(0)
})

test('exec -t without -i has the size of the terminal', async () => {
  const talk = sees('"40 123"')
  expect(await onTerminal('exec -t box sh -c {stty size}', talk)).toBe(0)
})
