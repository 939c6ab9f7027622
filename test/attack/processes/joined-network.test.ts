import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { parseVolumeFlag } from '../../../cli/containers/mount-flags.ts'
import { type TestEngine, temporaryContainers } from '../../container/temporary-containers.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
})

/** Processes inside can use up process IDs until one is assigned again. */
test('a restarted container does not join a host process that reuses the process ID of the joined container', async () => {
  const { containers } = engine
  const plain = { image: 'busybox', network: 'none' }
  const first = (await containers.run({ ...plain, name: 'first', command: ['sleep', '1000'] })).container
  const { mountpoint } = await containers.volumes.create({ name: 'signs' })
  await containers.run({
    ...plain,
    name: 'second',
    network: 'container:first',
    restart: { name: 'always' },
    mounts: [parseVolumeFlag('signs:/signs')],
    command: ['sh', '-c', 'until [ -e /signs/go ]; do sleep 0.1; done'],
  })
  const { Pid: pid } = (await containers.inspect('first')).State
  await containers.kill(first.id)
  await expect.poll(async () => (await containers.inspect('first')).State.Pid).toBe(0)
  const stranger = await processWithNumber(pid)
  writeFileSync(join(mountpoint, 'go'), '')
  await expect.poll(async () => (await containers.inspect('second')).State.Status).toBe('exited')
  expect((await containers.inspect('second')).State.Error).toContain('it has ended')
  await end(stranger)
})

/** A process of the host. */
async function processWithNumber(pid: number): Promise<ChildProcess> {
  for (let tries = 0; tries < 1000; tries++) {
    writeFileSync('/proc/sys/kernel/ns_last_pid', `${pid - 1}`)
    const child = spawn('sleep', ['1000'], { stdio: 'ignore' })
    if (child.pid === pid) return child
    await end(child)
  }
  throw new Error(`the number ${pid} does not come round`)
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}
