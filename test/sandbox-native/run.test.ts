import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type BusyboxRoot, makeBusyboxRoot } from './busybox-root.ts'

let root: BusyboxRoot

beforeAll(() => {
  root = makeBusyboxRoot()
})

describe('run() provides the command with', () => {
  const cases: readonly (readonly [what: string, script: string, stdout: string])[] = [
    ['a private root without files of the host', 'ls /', 'bin\ndev\netc\nproc\nsys\n'],
    ['a root that is the top of all mounts', 'head -1 /proc/mounts | head -c 9; ls -di / /..| head -c 1', 'overlay /'],
    ['the host name', 'hostname', 'box\n'],
    ['private process IDs', 'echo $$', '2\n'],
    ['streams that can be opened by name', 'echo a > /dev/stdout; echo b > /proc/self/fd/1', 'a\nb\n'],
    ['a HOME', 'echo $HOME', '/root\n'],
    ['a shared memory directory', 'echo x > /dev/shm/x && stat -c %a /dev/shm', '1777\n'],
    ['no descriptors beyond its streams', 'ls /proc/self/fd | tr "\\n" " "', '0 1 2 3 '],
  ]
  test.each(cases)('%s', async (_, script, stdout) => {
    const ran = await root.run(script)
    expect([ran.stderr, ran.exitCode]).toEqual(['', 0])
    expect(ran.stdout.startsWith(stdout)).toBe(true)
  })
})

test('run() leaves nothing but the changes of the command', async () => {
  const fresh = makeBusyboxRoot()
  try {
    await fresh.run('echo x > /made', { process: { cwd: '/' } })
    expect(readdirSync(fresh.upper).sort()).toEqual(['etc', 'made'])
    expect(readdirSync(`${fresh.upper}/etc`)).toEqual([])
  } finally {
    fresh.remove()
  }
})

test('a command blocks while its output is not read, and continues afterwards', async () => {
  let [bytes, isHeld] = [0, true]
  let letGo: () => void = () => {}
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const io = {
    output: (_stream: 'stdout' | 'stderr', chunk: Buffer) => {
      bytes += chunk.length
      return isHeld ? held : undefined
    },
  }
  const script = 'dd if=/dev/zero bs=1024 count=4096 2>/dev/null; touch /done'
  const run = root.native.sandbox.run(root.request(script), io)
  await expect.poll(() => bytes).toBeGreaterThan(0)
  const before = bytes
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect([bytes, existsSync(join(root.upper, 'done'))]).toEqual([before, false])
  isHeld = false
  letGo()
  await run
  expect([bytes, existsSync(join(root.upper, 'done'))]).toEqual([4096 * 1024, true])
})

test('other events are handled between the chunks of an endless output, and none follows an abort', async () => {
  const stop = new AbortController()
  let [turn, isRunning] = [0, true]
  const nextTurn = () => {
    turn += 1
    if (isRunning) setImmediate(nextTurn)
  }
  const turns: number[] = []
  const output = () => {
    turns.push(turn)
    if (turns.length === 100) stop.abort()
    const until = performance.now() + 5
    while (performance.now() < until); // a chunk of short lines
  }
  nextTurn()
  await root.native.sandbox.run(root.request('cat /dev/zero'), { output }, stop.signal).catch(() => {})
  isRunning = false
  expect([turns.length, new Set(turns).size]).toEqual([100, 100])
})
