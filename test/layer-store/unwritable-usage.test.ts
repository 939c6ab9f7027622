import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test, vi } from 'vitest'
import { runToEnd, type TestEngine, temporaryContainers } from '../container/temporary-containers.ts'

let engine: TestEngine
beforeEach(async () => {
  engine = await temporaryContainers(8 << 20)
  await runToEnd(engine.containers, { command: ['true'], name: 'done' })
})

function remount(options: string): void {
  execFileSync('mount', ['-o', `remount,${options}`, engine.store.root], { stdio: 'pipe' })
}

test('a read-only store can be listed and measured', async () => {
  await vi.waitFor(() => remount('ro'), { timeout: 10_000 }) // a supervisor still writes for a moment
  try {
    expect((await engine.store.usage()).images.sizeBytes).toBeGreaterThan(1_000_000)
    expect((await engine.containers.list({ all: true })).map(({ name }) => name)).toEqual(['done'])
  } finally {
    remount('rw')
  }
})

test('a full store can be listed, measured and pruned', async () => {
  const fill = join(engine.store.root, 'fill')
  expect(() => writeFileSync(fill, Buffer.alloc(16 << 20))).toThrow(/ENOSPC/)
  expect((await engine.store.usage()).images.sizeBytes).toBeGreaterThan(1_000_000)
  expect(await engine.containers.list({ all: true })).toHaveLength(1)
  expect((await engine.containers.prune()).deleted).toHaveLength(1)
  const pruned = await engine.store.prune({ allImages: true, buildCache: true, pins: async () => ({}) })
  expect(pruned.deletedLayers).toHaveLength(1)
  rmSync(fill)
})
