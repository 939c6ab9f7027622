import { readFileSync, readlinkSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { findBinary } from '../../../sandbox-native/driver/index.ts'
import { type BusyboxRoot, makeBusyboxRoot } from '../../sandbox-native/busybox-root.ts'
import { startTicks } from '../../support/start-ticks.ts'

let root: BusyboxRoot

beforeAll(() => {
  root = makeBusyboxRoot()
})

/**
 * A sandbox is joined by a sealed copy of the binary in memory. An image that has it executed inside can access only
 * that copy, never the file on the host.
 */
test('a command that joins a sandbox is not started from the file of the host', async () => {
  const cancel = new AbortController()
  let pid = 0
  const started = new Promise<void>((resolve) => {
    const io = {
      output: () => resolve(),
      onStarted: (number: number) => {
        pid = number
      },
    }
    root.native.sandbox.run(root.request('echo up; sleep 1000'), io, cancel.signal).catch(() => {})
  })
  await started
  const joined = new AbortController()
  const spec = { argv: ['sh', '-c', 'echo up; sleep 1000'], env: ['PATH=/bin'], cwd: '/', user: '' }
  let starter = ''
  const io = {
    output: () => joined.abort(),
    onStarted: (number: number) => {
      starter = readlinkSync(`/proc/${parentOf(number)}/exe`)
    },
  }
  await root.native.supervisors
    .exec({ pid, startTicks: startTicks(pid), cgroup: [], process: spec }, io, joined.signal)
    .catch(() => {})
  cancel.abort()
  expect(starter).toMatch(/^\/memfd:/)
  expect(starter).not.toBe(findBinary(process.env))
})

function parentOf(pid: number): number {
  return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}
