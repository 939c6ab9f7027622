import { beforeAll, expect, test } from 'vitest'
import type { StoreEvent } from '../../layer-store/index.ts'
import { createSink, runToEnd, type TestEngine, temporaryContainers } from './temporary-containers.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
})

async function eventsOf(id: string): Promise<readonly StoreEvent[]> {
  const found: StoreEvent[] = []
  for await (const event of engine.store.events.read()) if (event.id === id) found.push(event)
  return found
}

async function actionsOf(id: string): Promise<readonly string[]> {
  return (await eventsOf(id)).map(({ action }) => action)
}

async function runReady(name: string, labels: Record<string, string> = {}) {
  const command = ['sh', '-c', 'trap "exit 3" TERM; echo ready; while :; do sleep 0.05; done']
  const { container } = await engine.containers.run({ image: 'busybox', network: 'none', name, labels, command })
  for await (const { text } of engine.containers.logs(name, { follow: true })) if (text === 'ready\n') break
  return container
}

test("the events of a container have docker's names", async () => {
  const { containers } = engine
  const { id } = await runReady('life', { tier: 'front' })
  await containers.pause('life')
  await containers.unpause('life')
  await containers.rename('life', 'living')
  await containers.exec('living', { argv: ['sh', '-c', 'exit 4'] }, { output: () => {} })
  await containers.stop('living')
  await containers.restart('living')
  await containers.kill('living')
  await containers.remove('living')
  const events = await eventsOf(id)
  expect(events.map(({ action }) => action)).toEqual([
    'create',
    'start',
    'pause',
    'unpause',
    'rename',
    'exec_create: sh -c exit 4',
    'exec_start: sh -c exit 4',
    'exec_die',
    'kill',
    'die',
    'stop',
    'start',
    'restart',
    'kill',
    'die',
    'destroy',
  ])
  const attributesOf = (action: string) =>
    events.filter((event) => event.action === action).map((one) => one.attributes)
  expect(attributesOf('create')).toEqual([{ image: 'busybox', name: 'life', tier: 'front' }])
  expect(attributesOf('rename')[0]).toMatchObject({ name: 'living', oldName: '/life' })
  expect(attributesOf('exec_die')[0]).toMatchObject({ exitCode: '4' })
  expect(attributesOf('kill').map(({ name, signal }) => [name, signal])).toEqual([
    ['living', '15'],
    ['living', '9'],
  ])
  expect(attributesOf('die').map(({ name, exitCode }) => [name, exitCode])).toEqual([
    ['living', '3'],
    ['living', '137'],
  ])
})

test('a foreground container with --rm emits all its events', async () => {
  const { id } = await runToEnd(engine.containers, { autoRemove: true, command: ['sh', '-c', 'exit 2'] })
  expect(await actionsOf(id)).toEqual(['create', 'attach', 'start', 'die', 'destroy'])
})

test('every run of a restarted container emits events', async () => {
  const { containers } = engine
  const restart = { name: 'on-failure', maximumRetries: 1 } as const
  const { container } = await containers.run({ image: 'busybox', network: 'none', restart, command: ['false'] })
  await containers.wait(container.id)
  expect(await actionsOf(container.id)).toEqual(['create', 'start', 'die', 'start', 'die'])
})

test('the next command emits the end of a container whose supervisor was killed', async () => {
  const { containers } = engine
  const { id, state } = await runReady('orphan')
  process.kill(state.supervisorPid, 'SIGKILL')
  await expect
    .poll(async () => (await containers.list({ all: true })).find((one) => one.id === id)?.state.status)
    .toBe('exited')
  await containers.list()
  const dead = (await eventsOf(id)).filter(({ action }) => action === 'die')
  expect(dead.map(({ attributes }) => attributes['exitCode'])).toEqual(['137'])
  await containers.remove('orphan')
})

test('running out of memory emits an event', async () => {
  const command = ['sh', '-c', 'tail /dev/zero']
  const { id } = await runToEnd(engine.containers, { command, limits: { memoryBytes: 16 << 20 } })
  expect(await actionsOf(id)).toEqual(['create', 'attach', 'start', 'oom', 'die'])
})

test('detaching and attaching emit events', async () => {
  const { id } = await runReady('visited')
  const session = await engine.containers.attach('visited', { stdout: createSink(), stderr: createSink() })
  session.detach()
  await session.ended
  expect(await actionsOf(id)).toEqual(['create', 'start', 'attach', 'detach'])
  await engine.containers.remove('visited', { force: true })
})

test('the end of a detached exec command emits an event with its exit code', async () => {
  const { containers } = engine
  const { id } = await runReady('left')
  await containers.execDetached('left', { argv: ['sh', '-c', 'exit 5'] })
  const reported = async () => (await eventsOf(id)).filter(({ attributes }) => attributes['execID'] !== undefined)
  await expect.poll(async () => (await reported()).length).toBe(3)
  const events = await reported()
  expect(events.map(({ action }) => action.split(':')[0])).toEqual(['exec_create', 'exec_start', 'exec_die'])
  expect(new Set(events.map(({ attributes }) => attributes['execID'])).size).toBe(1)
  expect(events.at(-1)?.attributes).toMatchObject({ name: 'left', image: 'busybox', exitCode: '5' })
  await containers.remove('left', { force: true })
})

test('a container is paused while it is committed, with events', async () => {
  const { id } = await runReady('still')
  await engine.containers.commit('still', {})
  expect(await actionsOf(id)).toEqual(['create', 'start', 'pause', 'unpause', 'commit'])
  await engine.containers.remove('still', { force: true })
})

test('volumes emit mount events at every start of their containers', async () => {
  const { containers } = engine
  const mounts = [{ kind: 'volume', name: 'worn', target: '/v', readOnly: true }] as const
  const { id } = await runToEnd(containers, { mounts, command: ['true'] })
  await containers.start(id)
  await containers.wait(id)
  const mounted = { container: id, destination: '/v', driver: 'local', propagation: '', 'read/write': 'false' }
  const life = [
    { type: 'volume', action: 'mount', attributes: mounted },
    { type: 'volume', action: 'unmount', attributes: { container: id, driver: 'local' } },
  ]
  expect(await eventsOf('worn')).toMatchObject([{ action: 'create' }, ...life, ...life])
})

test('volumes emit events', async () => {
  const { volumes } = engine.containers
  for (let time = 0; time < 2; time += 1) await volumes.create({ name: 'kept' })
  await volumes.remove('kept')
  expect(await eventsOf('kept')).toMatchObject([
    { type: 'volume', action: 'create', attributes: { driver: 'local' } },
    { type: 'volume', action: 'destroy', attributes: { driver: 'local' } },
  ])
})
