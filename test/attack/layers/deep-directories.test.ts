import { beforeAll, expect, test } from 'vitest'
import { createDiskCount } from '../../../layer-store/collect/disk-use.ts'
import { runToEnd, type TestEngine, temporaryContainers } from '../../container/temporary-containers.ts'

let engine: TestEngine

beforeAll(async () => {
  engine = await temporaryContainers()
})

/** Deeper than PATH_MAX: a path lookup fails with an error other than "not found". */
test('a container with directories of any depth can be measured, listed with its size and removed', async () => {
  const dig =
    'mkdir -p a/$levels b/$levels c/$levels; mv b a/$levels; cd a/$levels; mv /data/c b/$levels; cd b/$levels/c/$levels; printf 1234567 > seven'
  const command = ['sh', '-c', `cd /data; levels=$(printf 'd/%.0s' $(seq 1500)); ${dig}`]
  const { containers, store } = engine
  const { id, exitCode } = await runToEnd(containers, { command })
  expect(exitCode).toBe(0)
  const [listed] = await containers.list({ all: true, size: true })
  expect(listed?.sizes?.writableBytes).toBe(7)
  expect((await store.usage()).containers.count).toBe(1)
  const counted = createDiskCount()
  await counted.add(store.root)
  expect(counted.isPartial()).toBe(true)
  await containers.remove(id, {})
  expect(await containers.list({ all: true })).toEqual([])
})
