import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { withSlowSupervisors } from '../slow-supervisors.ts'
import { type TestEngine, temporaryContainers } from '../temporary-containers.ts'

const SLEEPS = { image: 'busybox', network: 'none', command: ['sleep', '1000'], name: 'sleeps' } as const
const folder = mkdtempSync(join(tmpdir(), 'tsbuild-cancelled-'))

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
  return () => rmSync(folder, { recursive: true })
})

afterEach(async () => {
  for (const { id } of await engine.containers.list({ all: true })) await engine.containers.remove(id, { force: true })
})

/** Containers whose supervisors need three seconds to start the first process. */
const slowContainers = () => withSlowSupervisors(engine, 'clone3:delay_enter=3000000')

async function cancel(start: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const began = Date.now()
  await expect(start(AbortSignal.timeout(300))).rejects.toMatchObject({ code: 'SANDBOX_ABORTED' })
  expect(Date.now() - began).toBeLessThan(2500)
}

test('a cancelled start starts nothing', async () => {
  const { id } = await engine.containers.create(SLEEPS)
  await cancel((signal) => slowContainers().start(id, undefined, signal))
  await engine.containers.remove(id) // waits for the supervisor's lock, and fails if the container runs
})

test('a cancelled run with --rm leaves nothing', async () => {
  const start = (signal: AbortSignal) => slowContainers().run({ ...SLEEPS, autoRemove: true }, undefined, signal)
  await expect(start(AbortSignal.timeout(300))).rejects.toMatchObject({ code: 'SANDBOX_ABORTED' })
  expect(await engine.containers.list({ all: true })).toEqual([])
})

test('a start that waits for the control group of another container with its ID can be cancelled', async () => {
  const { containers, store } = engine
  const { container } = await containers.run(SLEEPS)
  const state = JSON.parse(readFileSync(join(store.root, 'containers', container.id, 'state.json'), 'utf8'))
  await containers.stop(container.id, { timeoutSeconds: 0 })
  const [group] = state.cgroup
  await expect.poll(() => existsSync(group)).toBe(false) // removed after the exit is reported
  mkdirSync(group)
  const owner = spawn('flock', ['--no-fork', group, 'sh', '-c', 'echo; exec sleep 1000'])
  await new Promise((resolve) => owner.stdout.once('data', resolve))
  try {
    await cancel((signal) => containers.start(container.id, undefined, signal))
    await containers.remove(container.id) // waits for the supervisor's lock
  } finally {
    owner.kill()
    rmdirSync(group)
  }
})
