import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, expect, test, vi } from 'vitest'
import { importBusybox } from './bases.ts'
import { createTsbuild } from './tsbuild.ts'

/** More than the capacity of a pipe. */
const PIPE_BYTES = 64 << 10
const LABELS = 2000

const program = resolve(import.meta.dirname, '../../bin/tsbuild')
const tsbuild = createTsbuild()
const room = join(tsbuild.root, '..')
const fifo = join(room, 'fifo')

beforeAll(async () => {
  await importBusybox(tsbuild)
  const labels = Array.from({ length: LABELS }, (_, index) => `LABEL name${index}=${'value'.repeat(20)}`)
  await tsbuild
    .with({ input: ['FROM scratch', 'COPY <<a /a', 'a', ...labels].join('\n') })
    .ok('build', '-q', '-t', 'big', '-')
  await tsbuild.ok('run', '--name', 'talker', '--network', 'none', 'busybox', 'seq', '1', '200000')
  for (const [name, step] of [
    ['failing', 'seq 1 30000; exit 3'],
    ['endless', 'while echo y; do sleep 0.1; done'],
  ]) {
    mkdirSync(join(room, `${name}`))
    writeFileSync(join(room, `${name}`, 'Dockerfile'), `FROM busybox\nRUN ${step}\n`)
  }
  execFileSync('mkfifo', [fifo])
})

/** Runs a line of bash in which `tsbuild` is the program. */
function shell(line: string) {
  const env = { ...process.env, TSBUILD_ROOT: tsbuild.root, PROGRAM: program }
  const script = `set -o pipefail; tsbuild() { "$PROGRAM" "$@"; }; ${line}`
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { env, cwd: room, encoding: 'utf8' })
  return { status, stdout, stderr }
}

/** The program with unread output, once the pipe is about full. */
async function stuck(...words: string[]): Promise<ChildProcess> {
  const unread = openSync(fifo, 'r+')
  const child = tsbuild.start(words, { cwd: room, stdio: ['ignore', unread, unread] })
  closeSync(unread)
  const written = () => Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${child.pid}/io`, 'utf8'))?.[1])
  await vi.waitUntil(() => written() > PIPE_BYTES / 2, { timeout: 20_000 })
  return child
}

test('a late reader gets every byte of a long document, and every line of a log', () => {
  const whole = shell('tsbuild image inspect big > whole; wc -c < whole')
  expect(Number(whole.stdout)).toBeGreaterThan(2 * PIPE_BYTES)
  expect(shell('tsbuild image inspect big | { sleep 1; wc -c; }')).toEqual(whole)
  expect(shell('tsbuild logs talker | { sleep 1; wc -l; }')).toEqual({ status: 0, stdout: '200000\n', stderr: '' })
})

test('a late reader gets the error of a failed build', () => {
  const { status, stdout } = shell('tsbuild build --progress=plain failing 2>&1 | { sleep 2; tail -8; }')
  expect(status).toBe(3)
  expect(stdout).toMatch(/^ERROR: .*exit code 3/m)
})

test.each([
  ['logs', 'talker'],
  ['image', 'inspect', 'big'],
  ['build', '--progress=plain', 'failing'],
])('Ctrl-C ends %s %s when its output is not read', async (...words) => {
  const child = await stuck(...words)
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([130, null])
})

test('Ctrl-C ends a run whose container has exited and whose output is not read', async () => {
  const child = await stuck('run', '--name', 'ended', '--network', 'none', 'busybox', 'seq', '1', '30000')
  await tsbuild.ok('wait', 'ended')
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([null, 'SIGINT'])
})

test.each([
  'logs talker',
  'image inspect big',
  'save busybox',
  'export talker',
  'cp talker:/bin -',
  'events --since 1h --until 0s',
])('%s exits silently when its output is closed', (words) => {
  expect(shell(`tsbuild ${words} | head -c 1 > /dev/null`)).toEqual({ status: 0, stdout: '', stderr: '' })
})

test('a build cleans up and exits when its output is closed', () => {
  expect(shell('tsbuild build --progress=plain endless 2>&1 | head -6').status).toBe(141)
  expect(readdirSync(join(tsbuild.root, 'tmp'))).toEqual([])
})

test('closed descriptors change neither the effect of a command nor its exit code', () => {
  expect(shell('tsbuild image inspect nosuch 2>&-')).toEqual({ status: 1, stdout: '[]\n', stderr: '' })
  expect(shell('tsbuild image inspect nosuch >&-').stderr).toMatch(/^ERROR: /)
  expect(shell('tsbuild run --rm --network none busybox sh -c "exit 4" <&- >&- 2>&-').status).toBe(4)
  expect(shell('tsbuild build --no-cache failing <&- >&- 2>&-').status).toBe(3)
  expect(shell('tsbuild save -o saved busybox <&- >&- 2>&-; tar tf saved').stdout).toContain('manifest.json')
})
