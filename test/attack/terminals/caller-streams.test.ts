import { spawn } from 'node:child_process'
import { chmodSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild, finished } from '../../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const tsbuild = createTsbuild()
const room = temporaryDirectory('streams')

beforeAll(async () => {
  await importBusybox(tsbuild)
  await tsbuild.ok('run', '-d', '--name', 'inside', '--network', 'none', 'busybox', 'sleep', '1000')
})

const entrances = [
  { name: 'run', words: ['run', '--rm', '-i', '--network', 'none', 'busybox'] },
  { name: 'exec', words: ['exec', '-i', 'inside'] },
]

/**
 * The files behind the caller's streams belong to the caller: the command gets their bytes, but no access to the files.
 */
describe.each(entrances)('tsbuild $name', ({ words }) => {
  test('gives no access to the files that are its input and output', async () => {
    const [input, output] = [join(room, 'input'), join(room, 'output')]
    writeFileSync(input, 'typed\n')
    writeFileSync(output, '')
    chmodSync(output, 0o600)
    const script =
      'cat; for fd in 0 1 2; do chmod 4777 /proc/self/fd/$fd; chown 1:1 /proc/self/fd/$fd; done 2>/dev/null'
    const [stdin, stdout] = [openSync(input, 'r'), openSync(output, 'a')]
    const child = tsbuild.start([...words, 'sh', '-c', script], { stdio: [stdin, stdout, stdout] })
    await finished(child, undefined)
    expect(readFileSync(output, 'utf8')).toBe('typed\n')
    for (const path of [input, output]) expect([statSync(path).uid, statSync(path).mode & 0o4022]).toEqual([0, 0])
  })

  test('keeps the terminal of the host out of the container', async () => {
    const script = 'for fd in 0 1 2; do readlink /proc/self/fd/$fd; done'
    const call = ['tsbuild', ...words, 'sh', '-c', `'${script}'`].join(' ')
    const seen = await onTerminal(call)
    expect(seen).toMatch(/pipe:/)
    expect(seen).not.toMatch(/\/dev\/(pts|tty)/)
  })

  test('fails if the output does not fit on the disk', async () => {
    const full = openSync('/dev/full', 'w')
    const child = tsbuild.start([...words, 'echo', 'result'], { stdio: ['ignore', full, 'pipe'] })
    const { exitCode, stderr } = await finished(child, undefined)
    expect(stderr.match(/ERROR: Cannot write to standard output: .*no space left/gi)).toHaveLength(1)
    expect(exitCode).not.toBe(0)
  })

  test('reports unreadable input instead of treating it as the end of input', async () => {
    const child = tsbuild.start([...words, 'cat'], { stdio: [openSync('/dev/null', 'w'), 'pipe', 'pipe'] })
    const { exitCode, stderr } = await finished(child, undefined)
    expect(stderr).toContain('Cannot read standard input: it is open for writing only (expected a file or a pipe)')
    expect(exitCode).not.toBe(0)
  })
})

test.each(['load', 'build -', 'import -', 'login -u x --password-stdin localhost:1'])(
  'tsbuild %s reports standard input that cannot be read',
  async (call) => {
    const stdio = [openSync('/dev/null', 'w'), 'pipe', 'pipe'] as const
    const { stderr } = await finished(tsbuild.start(call.split(' '), { stdio: [...stdio] }), undefined)
    expect(stderr).toContain('standard input: it is open for writing only')
  },
)

/** The output as a user at a terminal sees it. */
async function onTerminal(call: string): Promise<string> {
  const program = join(import.meta.dirname, '../../../bin/tsbuild')
  const script = `spawn ${call.replace('tsbuild', program).replaceAll('$', '\\$').replaceAll("'", '"')}\nexpect eof`
  const env = { ...process.env, TSBUILD_ROOT: tsbuild.root }
  return (await finished(spawn('expect', ['-c', script], { stdio: 'pipe', env }), undefined)).stdout
}
