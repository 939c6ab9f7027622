import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { importTree } from '../../images/index.ts'
import { runToEnd, type TestEngine, temporaryContainers } from './temporary-containers.ts'

const FILL = 'dd if=/dev/zero of=/fill bs=4k 2>/dev/null'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers(8 << 20)
})

afterEach(async () => {
  rmSync(join(engine.store.root, 'fill'), { force: true })
  for (const { id } of await engine.containers.list({ all: true })) await engine.containers.remove(id, { force: true })
})

/** Fills the disk to the last byte. */
function fillDisk(): void {
  expect(() => writeFileSync(join(engine.store.root, 'fill'), Buffer.alloc(16 << 20))).toThrow(/ENOSPC/)
}

test('a container that fills the disk exits with its exit code, also for later callers', async () => {
  const { containers } = engine
  const { exitCode, id } = await runToEnd(containers, { command: ['sh', '-c', `${FILL}; exit 3`] })
  expect(exitCode).toBe(3)
  expect((await containers.get(id)).state).toMatchObject({ status: 'exited', exitCode: 3, pid: 0, error: '' })
  expect(await containers.wait(id)).toBe(3)
})

test('a container stopped on a full disk has its exit code, whatever its health checks report', async () => {
  const { containers } = engine
  const command = ['sh', '-c', 'trap "exit 4" TERM; while :; do sleep 0.1; done']
  const health = { command: 'head -c 4000 /dev/zero | tr "\\0" x', intervalMs: 100, startIntervalMs: 100 }
  const { container } = await containers.run({ image: 'busybox', network: 'none', command, health })
  await expect.poll(async () => (await containers.get(container.id)).state.health?.log.length).toBeGreaterThan(1)
  fillDisk()
  await containers.stop(container.id)
  expect((await containers.get(container.id)).state).toMatchObject({ status: 'exited', exitCode: 4 })
})

test('a container with --rm that fills the disk is removed and frees the disk', async () => {
  const { containers, store } = engine
  const ran = await runToEnd(containers, { command: ['sh', '-c', `${FILL}; exit 3`], autoRemove: true })
  expect(ran.exitCode).toBe(3)
  expect(await containers.list({ all: true })).toEqual([])
  const room = join(store.root, 'fill')
  await expect.poll(() => isWritten(room, 1 << 20)).toBe(true)
})

test('a start on a full disk fails with an error of the store, and does not change the container', async () => {
  const { containers } = engine
  const { id } = await containers.create({ image: 'busybox', network: 'none', command: ['true'] })
  fillDisk()
  const hint = 'Free space, for example with tsbuild prune'
  await expect(containers.start(id)).rejects.toMatchObject({ code: 'STORE_FULL', hint })
  expect((await containers.get(id)).state.status).toBe('created')
  rmSync(join(engine.store.root, 'fill'))
  await containers.start(id)
  expect(await containers.wait(id)).toBe(0)
})

function isWritten(path: string, bytes: number): boolean {
  try {
    writeFileSync(path, Buffer.alloc(bytes))
    return existsSync(path)
  } catch {
    return false // removal finishes after the exit was reported
  }
}

test('an import that fills the disk fails with an error of the store', async () => {
  const { store, native } = engine
  const input = (async function* () {
    for (let written = 0; written < 16; written += 1) yield Buffer.alloc(1 << 20, 'x')
  })()
  const platform = { os: 'linux', architecture: 'amd64' }
  const request = {
    store,
    trees: native.trees,
    input,
    platform,
    config: {},
    message: '',
    createdAt: '',
    references: [],
  }
  const hint = 'Free space, for example with tsbuild prune'
  await expect(importTree(request)).rejects.toMatchObject({ code: 'STORE_FULL', hint })
})
