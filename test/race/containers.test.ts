import { existsSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { type TestEngine, temporaryContainers } from '../container/temporary-containers.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
})

const sleeper = { image: 'busybox', network: 'none', command: ['sleep', '1000'] } as const

test('one of many concurrent creations with the same name succeeds', async () => {
  const tries = Array.from({ length: 8 }, () => engine.containers.create({ ...sleeper, name: 'wanted' }))
  const results = await Promise.allSettled(tries)
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const result of results) {
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'CONTAINER_NAME_TAKEN' })
  }
  expect(await engine.containers.list({ all: true })).toHaveLength(1)
  await engine.containers.remove('wanted')
})

test('concurrent start() and remove() leave a running container or none, and no process of a removed one', async () => {
  const { containers } = engine
  for (let round = 0; round < 6; round += 1) {
    const { id } = await containers.create(sleeper)
    await Promise.allSettled([containers.start(id), containers.remove(id)])
    const [left] = await containers.list({ all: true })
    if (left === undefined) continue
    if (left.state.status === 'running') expect(existsSync(`/proc/${left.state.pid}`)).toBe(true)
    await containers.remove(id, { force: true })
    expect(existsSync(left.directory)).toBe(false)
  }
  expect(await containers.list({ all: true })).toEqual([])
})

test('concurrent removals of one container all succeed or report it as missing', async () => {
  const { containers } = engine
  const { container } = await containers.run(sleeper)
  const removals = Array.from({ length: 5 }, () => containers.remove(container.id, { force: true }))
  for (const result of await Promise.allSettled(removals)) {
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'CONTAINER_MISSING' })
  }
  expect(await containers.list({ all: true })).toEqual([])
})
