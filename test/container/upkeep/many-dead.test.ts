import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { type Containers, openContainers } from '../../../container/index.ts'
import type { Native } from '../../../sandbox-native/driver/index.ts'
import { runToEnd, type TestEngine, temporaryContainers } from '../temporary-containers.ts'

const COUNT = 40

let engine: TestEngine
let starts: string[]
let containers: Containers

beforeEach(async () => {
  engine = await temporaryContainers()
  starts = []
  containers = openContainers({ store: engine.store, native: counted(engine.native, (verb) => starts.push(verb)) })
  const { id } = await runToEnd(engine.containers, { command: ['true'], name: 'first' })
  const { supervisorPid } = readStateOf(engine.store.root, id)
  await expect.poll(() => existsSync(`/proc/${supervisorPid}`)).toBe(false) // until then it holds the lock
  for (let index = 1; index < COUNT; index += 1) await copyContainer(engine.store.root, id, index)
})

/** Records every request for which a native process is started. */
function counted(native: Native, onStart: (verb: string) => void): Native {
  const watch = <T extends object>(part: T): T =>
    new Proxy(part, {
      get: (target, name, receiver) => {
        onStart(String(name))
        return Reflect.get(target, name, receiver)
      },
    })
  return { ...native, trees: watch(native.trees), supervisors: watch(native.supervisors) }
}

async function copyContainer(root: string, id: string, index: number): Promise<void> {
  const folder = join(root, 'containers')
  const fresh = index.toString(16).padStart(64, 'a')
  await cp(join(folder, id), join(folder, fresh), { recursive: true, verbatimSymlinks: true })
  const config = readFileSync(join(folder, id, 'config.json'), 'utf8')
  const named = config.replaceAll(id, fresh).replace('"name":"first"', `"name":"copy${index}"`)
  writeFileSync(join(folder, fresh, 'config.json'), named)
  symlinkSync(fresh, join(folder, '.names', `copy${index}`))
}

function readStateOf(root: string, id: string) {
  return JSON.parse(readFileSync(join(root, 'containers', id, 'state.json'), 'utf8'))
}

/** As after a power failure while they were running. */
function abandonAll(root: string): void {
  for (const id of containerIds(root)) {
    const { finishedAt: _, ...state } = readStateOf(root, id)
    const abandoned = { ...state, status: 'running', bootId: 'an earlier one' }
    writeFileSync(join(root, 'containers', id, 'state.json'), JSON.stringify(abandoned))
  }
}

function containerIds(root: string): string[] {
  return readdirSync(join(root, 'containers')).filter((name) => !name.startsWith('.'))
}

test('many containers with killed supervisors are cleaned up by few native processes', async () => {
  abandonAll(engine.store.root)
  const all = await containers.list({ all: true })
  expect(all.map(({ state }) => state.exitCode)).toEqual(Array(COUNT).fill(137))
  expect(starts).toEqual(['tryLocks', 'release'])
  await containers.list({ all: true })
  expect(starts).toHaveLength(2)
  const deaths = []
  for await (const { action, attributes } of engine.store.events.read({ untilMs: Date.now() }))
    if (action === 'die' && attributes['exitCode'] === '137') deaths.push(attributes['name'])
  expect(new Set(deaths).size).toBe(COUNT)
})

test('prune() removes many containers with few native processes, including their names', async () => {
  const { root } = engine.store
  const { deleted } = await containers.prune()
  expect(deleted).toHaveLength(COUNT)
  expect(starts).toEqual(['tryLocks', 'remove'])
  expect(containerIds(root)).toEqual([])
  expect(readdirSync(join(root, 'containers')).filter((name) => name.startsWith('.gone-'))).toEqual([])
  expect(readdirSync(join(root, 'containers', '.names'))).toEqual([])
})

test('prune() ends what killed supervisors left behind, and keeps running containers', async () => {
  abandonAll(engine.store.root)
  const running = await engine.containers.run({ image: 'busybox', network: 'none', command: ['sleep', '1000'] })
  const { deleted } = await containers.prune()
  expect(deleted).toHaveLength(COUNT)
  expect(containerIds(engine.store.root)).toEqual([running.container.id])
  expect((await containers.get(running.container.id)).state.status).toBe('running')
})
