import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { privateBytes, type TestEngine, temporaryContainers } from './temporary-containers.ts'

const COUNT = 100
const MOST_PRIVATE_BYTES = 5_000_000

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
})

test('a hundred containers start at once, use little memory, and are removed at once without a trace', async () => {
  const { containers, store } = engine
  const spec = { image: 'busybox', network: 'none', command: ['sleep', '1000'] } as const
  const names = Array.from({ length: COUNT }, (_, index) => `box-${index}`)
  await Promise.all(names.map((name) => containers.run({ ...spec, name })))

  const running = await containers.list()
  expect(running.map(({ name }) => name).sort()).toEqual([...names].sort())
  const supervisors = running.map(({ state }) => state.supervisorPid)
  expect(new Set(supervisors).size).toBe(COUNT)
  expect(Math.max(...supervisors.map(privateBytes))).toBeLessThan(MOST_PRIVATE_BYTES)
  const cgroups = running.flatMap(({ id }) => cgroupsOf(id))

  await Promise.all(names.map((name) => containers.remove(name, { force: true })))
  expect(await containers.list({ all: true })).toEqual([])
  expect(readdirSync(join(store.root, 'containers')).filter((name) => !name.startsWith('.'))).toEqual([])
  expect(readdirSync(join(store.root, 'containers/.names'))).toEqual([])
  await expect.poll(() => supervisors.filter(isAlive)).toEqual([])
  await expect.poll(() => cgroups.filter(existsSync)).toEqual([])
})

function cgroupsOf(id: string): string[] {
  return ['', 'memory', 'pids', 'freezer'].map((name) => join('/sys/fs/cgroup', name, 'tsbuild', id)).filter(existsSync)
}

function isAlive(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) !== ''
  } catch {
    return false
  }
}
