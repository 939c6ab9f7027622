import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { openContainers } from '../../container/index.ts'
import { findBinary, openNative } from '../../sandbox-native/driver/index.ts'
import { type TestEngine, temporaryContainers } from '../container/temporary-containers.ts'
import {
  allProcesses,
  cgroupsOf,
  isAlive,
  type KillTarget,
  killContainers,
  processesIn,
  readProcessFile,
} from './kill-container.ts'
import { createRandom } from './reproducible-random.ts'

let engine: TestEngine
let owner: string
beforeAll(async () => {
  engine = await temporaryContainers()
  owner = (await engine.containers.run({ image: 'busybox', network: 'none', command: ['sleep', '1000'] })).container.id
})
afterAll(() => engine.containers.remove(owner, { force: true }))

/** No PID namespace ends these processes: they fork faster than they can be found. */
const spread = 'for i in 1 2 3; do (while :; do setsid sleep 76543 & sleep 0.01; done) & done; wait'

const random = createRandom(20_261_125)
const modes = { 'another container': () => `container:${owner}` as const, 'the host': () => 'host' as const }

for (const [whose, mode] of Object.entries(modes)) {
  for (const target of ['supervisor', 'first process', 'both'] as const) {
    test(`in the PID namespace of ${whose}: after kill -9 of the ${target}, the next command leaves nothing behind`, async () => {
      for (let round = 0; round < 6; round += 1) {
        const spec = { image: 'busybox', network: 'none', name: 'joiner', pid: mode(), command: ['sh', '-c', spread] }
        const starting = engine.containers.run(spec).catch(() => undefined) // may be killed before it has started
        await setTimeout(random() * 120)
        const victims = killSome(target)
        await starting
        await expect.poll(() => victims.filter(isAlive)).toEqual([])
        const [found] = (await engine.containers.list({ all: true })).filter(({ name }) => name === 'joiner')
        await engine.containers.recover()
        if (found !== undefined && (await engine.containers.get('joiner')).state.status !== 'running') {
          await expect.poll(sleepers).toEqual([])
          await expect.poll(() => cgroupsOf(found.id)).toEqual([])
        }
        if (found !== undefined) await engine.containers.remove('joiner', { force: true })
        await expect.poll(sleepers).toEqual([])
        if (found !== undefined) await expect.poll(() => cgroupsOf(found.id)).toEqual([])
        expect((await engine.containers.get(owner)).state.status).toBe('running')
      }
    })
  }
}

test('a supervisor killed before it reported the start leaves nothing after the next command', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tsbuild-killed-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  // Its first state names the cgroup, the second one shows that it runs.
  const late = 'inject=rename:delay_enter=2000000:when=2'
  const binary = join(directory, 'binary')
  writeFileSync(binary, `#!/bin/sh\nexec strace -o /dev/null -e trace=rename -e ${late} ${findBinary(process.env)}\n`)
  chmodSync(binary, 0o755)
  const containers = openContainers({ store: engine.store, native: openNative({ binary }) })
  const spec = {
    image: 'busybox',
    network: 'none',
    name: 'joiner',
    pid: 'host',
    command: ['sh', '-c', spread],
  } as const
  const started = containers.run(spec).catch((error: Error) => error.message)
  await expect.poll(sleepers).not.toEqual([])
  killSome('supervisor')
  expect(await started).toMatch(/ended early/)
  expect(sleepers()).not.toEqual([])
  expect((await engine.containers.get('joiner')).state.status).toBe('created')
  await engine.containers.recover()
  await expect.poll(sleepers).toEqual([])
  await engine.containers.remove('joiner')
})

const killSome = (target: KillTarget) =>
  killContainers(processesIn(join(engine.store.root, 'containers'), owner), target)

function sleepers(): number[] {
  return allProcesses().filter((pid) => readProcessFile(pid, 'cmdline') === 'sleep\x0076543\0')
}
