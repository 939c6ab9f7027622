import { execFileSync } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BusyboxRoot, makeBusyboxRoot } from '../sandbox-native/busybox-root.ts'

const { EPERM, ENOSYS } = constants.errno

let root: BusyboxRoot

beforeAll(() => {
  root = makeBusyboxRoot()
  execFileSync('cc', ['-static', '-o', join(root.lower, 'calls'), join(import.meta.dirname, 'system-calls.c')])
})

afterAll(() => root.remove())

test('a command has none of the system calls that Docker refuses', async () => {
  const answers = parse((await root.run('/calls')).stdout)
  expect(answers.size).toBeGreaterThan(20)
  for (const [name, errno] of answers) expect([name, errno]).toEqual([name, name === 'clone3' ? ENOSYS : EPERM])
})

test('a trusted command has them', async () => {
  const answers = parse((await root.run('/calls', { security: 'insecure' })).stdout)
  expect([answers.get('add_key'), answers.get('unshare'), answers.get('setns')]).toEqual([0, 0, 0])
})

function parse(text: string): Map<string, number> {
  const lines = text.trim().split('\n')
  return new Map(lines.map((line) => [line.split(' ')[0] ?? '', Number(line.split(' ')[1])]))
}
