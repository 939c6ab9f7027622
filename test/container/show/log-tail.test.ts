import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readLogs } from '../../../container/show/read-logs.ts'
import { filesIn } from '../../../container/state/container-files.ts'

const LINES = 40_000
const LINE_BYTES = 200

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tsbuild-log-'))
})
afterAll(() => rm(directory, { recursive: true }))

function entry(text: string, stream = 'stdout', second = 0): string {
  return `${JSON.stringify({ log: text, stream, time: new Date(second * 1000).toISOString() })}\n`
}

async function texts(request: Parameters<typeof readLogs>[1]): Promise<string[]> {
  const found: string[] = []
  for await (const { text } of readLogs(filesIn(directory), request)) found.push(text)
  return found
}

function write(content: string, rotated = ''): void {
  writeFileSync(join(directory, 'log.json'), content)
  if (rotated !== '') writeFileSync(join(directory, 'log.json.1'), rotated)
}

function readBytes(): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/thread-self/io', 'utf8'))?.[1])
}

test('reading the last lines of a long log costs no more than their length', async () => {
  write(Array.from({ length: LINES }, (_, index) => entry(`${index} ${'x'.repeat(LINE_BYTES)}\n`)).join(''))
  const before = readBytes()
  const last = await texts({ tail: 10 })
  expect(readBytes() - before).toBeLessThan(1 << 20)
  expect(last.map((text) => Number.parseInt(text, 10))).toEqual(Array.from({ length: 10 }, (_, i) => LINES - 10 + i))
})

test('a tail spans chunks and rotated files, in order', async () => {
  const long = 'é'.repeat(300_000) // longer than one read, and split within characters
  write([entry(`3${long}\n`), entry('4\n'), entry('5\n')].join(''), [entry('1\n'), entry(`2${long}\n`)].join(''))
  expect((await texts({ tail: 4 })).map((text) => text.length)).toEqual([300_002, 300_002, 2, 2])
  expect(await texts({ tail: 100 })).toEqual(await texts({}))
  expect(await texts({ tail: 0 })).toEqual([])
})

test('pieces of one line count as one, and torn or incomplete lines are skipped', async () => {
  const whole = [entry('a'), entry('b\n'), entry('warn\n', 'stderr'), entry('c'), entry('warn', 'stderr'), entry('d\n')]
  write(`${whole.join('')}{"torn\n${entry('e')}${entry('f\n')}{"log":"unfinished`, entry('0\n'))
  expect(await texts({ tail: 1 })).toEqual(['e', 'f\n'])
  expect(await texts({ tail: 2 })).toEqual(['d\n', 'e', 'f\n'])
  expect(await texts({ tail: 6 })).toEqual(['a', 'b\n', 'warn\n', 'c', 'warn', 'd\n', 'e', 'f\n'])
  expect(await texts({ tail: 7 })).toEqual(await texts({}))
})

test('a tail counts only lines in the requested period', async () => {
  write([1, 2, 3, 4, 5].map((second) => entry(`${second}\n`, 'stdout', second)).join(''), entry('0\n'))
  expect(await texts({ tail: 2, untilMs: 3000 })).toEqual(['2\n', '3\n'])
  expect(await texts({ tail: 9, sinceMs: 4000 })).toEqual(['4\n', '5\n'])
})

test('a last line without an end is not kept in memory', async () => {
  const piece = entry('x'.repeat(16 << 10))
  const file = openSync(join(directory, 'log.json'), 'w')
  for (let written = 0; written < LONG_LINE_BYTES; written += piece.length * 64) writeSync(file, piece.repeat(64))
  closeSync(file)
  const before = heapBytes()
  const lines = readLogs(filesIn(directory), { tail: 1 })
  expect((await lines.next()).value?.text).toHaveLength(16 << 10)
  expect(heapBytes() - before).toBeLessThan(LONG_LINE_BYTES / 8)
  let count = 1
  for await (const _ of lines) count += 1
  expect(count).toBeGreaterThan(4000)
})

const LONG_LINE_BYTES = 64 << 20

/** After a collection. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}
