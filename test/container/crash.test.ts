import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { openContainers } from '../../container/index.ts'
import { type TestEngine, temporaryContainers } from './temporary-containers.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
})

async function runReady(name: string) {
  const { containers } = engine
  const command = ['sh', '-c', 'sleep 1000 & echo ready; wait']
  await containers.run({ image: 'busybox', network: 'none', name, command })
  for await (const { text } of containers.logs(name, { follow: true })) if (text === 'ready\n') break
  return containers.get(name)
}

/** Host PIDs of all processes in the container's PID namespace. */
function processesOf(pid: number): number[] {
  const namespace = pidNamespace(pid)
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((other) => pidNamespace(other) === namespace)
}

function pidNamespace(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`)
  } catch {
    return undefined // has just ended
  }
}

/** A zombie has no mounts any more. */
function isAlive(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`) !== ''
  } catch {
    return false
  }
}

describe('kill -9 of the supervisor', () => {
  test('ends every process of the container, and list() shows it immediately', async () => {
    const { state } = await runReady('orphan')
    const processes = processesOf(state.pid)
    process.kill(state.supervisorPid, 'SIGKILL')
    const seen = expect.poll(async () => (await engine.containers.get('orphan')).state)
    await seen.toMatchObject({ status: 'exited', exitCode: 137, pid: 0 })
    await expect.poll(() => processes.filter(isAlive)).toEqual([])
  })

  test('allows the container to be started again, with its files', async () => {
    const { containers } = engine
    await containers.start('orphan')
    expect((await containers.get('orphan')).state.status).toBe('running')
  })

  test('leaves nothing after remove()', async () => {
    const { state, directory, id } = await engine.containers.get('orphan')
    process.kill(state.supervisorPid, 'SIGKILL')
    await engine.containers.remove('orphan', { force: true })
    expect(existsSync(directory)).toBe(false)
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(id)
    expect(cgroupsOf(id)).toEqual([])
  })
})

test('kill -9 of the supervisor of a paused container leaves nothing either', async () => {
  const { state, id } = await runReady('frozen')
  await engine.containers.pause('frozen')
  process.kill(state.supervisorPid, 'SIGKILL')
  await engine.containers.remove('frozen', { force: true })
  expect(cgroupsOf(id)).toEqual([])
})

test('kill -9 of the first process ends the container with 137', async () => {
  const { state } = await runReady('headless')
  process.kill(state.pid, 'SIGKILL')
  expect(await engine.containers.wait('headless')).toBe(137)
  expect((await engine.containers.get('headless')).state).toMatchObject({ status: 'exited', exitCode: 137 })
  await engine.containers.remove('headless')
})

test('SIGTERM to the supervisor stops the container gracefully', async () => {
  const { state } = await runReady('orderly')
  process.kill(state.supervisorPid, 'SIGTERM')
  process.kill(state.pid, 'SIGKILL') // a shell as first process ignores SIGTERM
  await engine.containers.wait('orderly')
  expect((await engine.containers.get('orderly')).state.status).toBe('exited')
  await engine.containers.remove('orderly')
})

test('after a reboot the next command cleans up, and the container can be started', async () => {
  const { containers } = engine
  const { state, directory, id } = await runReady('rebooted')
  const cgroups = cgroupsOf(id)
  const path = join(directory, 'state.json')
  const running = readFileSync(path, 'utf8')
  process.kill(state.supervisorPid, 'SIGKILL')
  await expect.poll(() => isAlive(state.pid)).toBe(false)
  // The state after a power failure: another boot, reused PIDs, a socket without a process.
  const ofOtherBoot = { bootId: '00000000-0000-0000-0000-000000000000', pid: process.pid, supervisorPid: process.pid }
  writeFileSync(path, JSON.stringify({ ...JSON.parse(running), ...ofOtherBoot }))
  const seen = (await containers.list({ all: true })).find((one) => one.id === id)
  expect(seen?.state).toMatchObject({ status: 'exited', exitCode: 137, pid: 0 })
  expect(cgroups.filter(existsSync)).toEqual([])
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ status: 'exited', cgroup: [] })
  await containers.start('rebooted')
  expect((await containers.get('rebooted')).state.status).toBe('running')
  await containers.remove('rebooted', { force: true })
})

describe('a state file that claims a running container', () => {
  const claims = [
    { of: 'another boot', change: { bootId: '00000000-0000-0000-0000-000000000000' } },
    { of: 'a number that was given to another process', change: { supervisorStartTicks: 1 } },
  ]
  for (const { of, change } of claims) {
    test(`of ${of} is not trusted`, async () => {
      const { state, directory } = await runReady('claimed')
      process.kill(state.pid, 'SIGKILL')
      await engine.containers.wait('claimed')
      const path = join(directory, 'state.json')
      const running: object = { ...JSON.parse(readFileSync(path, 'utf8')), ...runningNow() }
      writeFileSync(path, JSON.stringify(running))
      expect((await engine.containers.get('claimed')).state.status).toBe('running')
      writeFileSync(path, JSON.stringify({ ...running, ...change }))
      expect((await engine.containers.get('claimed')).state.status).toBe('exited')
      await engine.containers.remove('claimed')
    })
  }

  test('cannot affect foreign cgroups', async () => {
    const { containers } = engine
    const victim = await runReady('victim')
    const { state, directory, id } = await runReady('forger')
    process.kill(state.supervisorPid, 'SIGKILL')
    await expect.poll(() => isAlive(state.pid)).toBe(false)
    const path = join(directory, 'state.json')
    const running = JSON.parse(readFileSync(path, 'utf8'))
    writeFileSync(path, JSON.stringify({ ...running, cgroup: [...running.cgroup, ...cgroupsOf(victim.id)] }))
    await containers.list()
    expect(cgroupsOf(id)).toEqual([])
    expect((await containers.get('victim')).state).toMatchObject({ status: 'running', pid: victim.state.pid })
    expect(isAlive(victim.state.pid)).toBe(true)
    for (const name of ['victim', 'forger']) await containers.remove(name, { force: true })
  })

  test('with any other content is treated as missing', async () => {
    const { state, directory } = await runReady('odd')
    const path = join(directory, 'state.json')
    const running = readFileSync(path, 'utf8')
    const changes = [{ status: 'gone' }, { pid: '1' }, { pid: -1 }, { ports: [7] }, { cgroup: 'all' }, { bootId: null }]
    for (const change of changes) {
      writeFileSync(path, JSON.stringify({ ...JSON.parse(running), ...change }))
      expect((await engine.containers.get('odd')).state.status).toBe('created')
    }
    writeFileSync(path, running)
    expect((await engine.containers.get('odd')).state.pid).toBe(state.pid)
    await engine.containers.remove('odd', { force: true })
  })

  test('that is damaged does not keep a running container from being removed by force', async () => {
    const { state, directory, id } = await runReady('obscured')
    writeFileSync(join(directory, 'state.json'), '['.repeat(100_000))
    await engine.containers.remove(id, { force: true })
    expect(isAlive(state.pid)).toBe(false)
    expect(existsSync(directory)).toBe(false)
  })

  test('that is torn reads as a container that was never started', async () => {
    const { state, directory } = await runReady('torn')
    process.kill(state.pid, 'SIGKILL')
    await engine.containers.wait('torn')
    writeFileSync(join(directory, 'state.json'), '{"status":"runn')
    expect((await engine.containers.get('torn')).state.status).toBe('created')
    await engine.containers.remove('torn')
  })
})

/** State as if this process were the supervisor. */
function runningNow(): object {
  const stat = readFileSync('/proc/self/stat', 'latin1')
  const startTicks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
  return {
    status: 'running',
    supervisorPid: process.pid,
    supervisorStartTicks: startTicks,
    pid: process.pid,
    startTicks,
  }
}

function cgroupsOf(id: string): string[] {
  return ['/sys/fs/cgroup', '/sys/fs/cgroup/memory', '/sys/fs/cgroup/unified']
    .map((hierarchy) => join(hierarchy, 'tsbuild', id))
    .filter((path) => existsSync(path))
}

test('prune() skips a damaged container with a warning, and removes the others', async () => {
  const warnings: string[] = []
  const containers = openContainers(engine, { onWarning: (message) => warnings.push(message) })
  const spec = { image: 'busybox', network: 'none', command: ['true'] }
  const broken = await containers.create({ ...spec, name: 'broken' })
  const whole = await containers.create({ ...spec, name: 'whole' })
  writeFileSync(join(broken.directory, 'config.json'), '')
  expect((await containers.prune()).deleted).toContain(whole.id)
  expect(warnings.join()).toContain(broken.id.slice(0, 12))
  await containers.remove(broken.id, { force: true })
})

describe('a read-only store', () => {
  test('list() shows containers with a warning, and commands that change them report why they fail', async () => {
    const { store, native } = engine
    const warnings: string[] = []
    const containers = openContainers({ store, native }, { onWarning: (message) => warnings.push(message) })
    const { state } = await runReady('unwritten')
    const { mountpoint } = await containers.volumes.create({ name: 'kept' })
    execFileSync('mount', ['--bind', store.root, store.root])
    execFileSync('mount', ['-o', 'remount,bind,ro', store.root])
    try {
      process.kill(state.supervisorPid, 'SIGKILL')
      await expect.poll(async () => (await containers.get('unwritten')).state.status).toBe('exited')
      const listed = (await containers.list({ all: true })).find(({ name }) => name === 'unwritten')
      expect(listed?.state).toMatchObject({ status: 'exited', exitCode: 137 })
      expect(warnings.join()).toMatch(/Cannot lock container "[0-9a-f]{12}": read-only file system/)
      const changes = [
        () => containers.start('unwritten'),
        () => containers.rename('unwritten', 'other'),
        () => containers.remove('unwritten'),
        () => containers.volumes.remove('kept'),
        () => containers.volumes.create({ name: 'new' }),
        () => containers.create({ image: 'busybox' }),
      ]
      for (const change of changes) {
        const hint = expect.stringContaining('--root')
        await expect(change()).rejects.toMatchObject({ code: 'STORE_READ_ONLY', hint })
      }
    } finally {
      execFileSync('umount', [store.root])
    }
    expect(existsSync(mountpoint)).toBe(true)
    await containers.list()
    expect((await containers.get('unwritten')).state.status).toBe('exited')
  })
})
