import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type HealthSpec, type RunSpec, statusText } from '../../container/index.ts'
import { addBusybox, type TestEngine, temporaryContainers } from './temporary-containers.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
})

async function runChecked(name: string, health: HealthSpec | 'none' | undefined, more: Partial<RunSpec> = {}) {
  const spec = { image: 'busybox', network: 'none', name, command: ['sleep', '1000'], ...more }
  const { container } = await engine.containers.run({ ...spec, ...(health !== undefined && { health }) })
  return container
}

async function healthOf(name: string) {
  return (await engine.containers.get(name)).state.health
}

function verdictOf(name: string) {
  return expect.poll(async () => (await healthOf(name))?.status)
}

async function stop(name: string): Promise<void> {
  await engine.containers.remove(name, { force: true })
}

describe('a health check', () => {
  test('that succeeds makes the container healthy, as shown by ps', async () => {
    await runChecked('well', { command: 'echo fine; echo aside >&2', intervalMs: 1000 })
    expect(await healthOf('well')).toMatchObject({ status: 'starting', failingStreak: 0 })
    await verdictOf('well').toBe('healthy')
    const record = await engine.containers.get('well')
    expect(record.state.health?.log[0]).toMatchObject({ exitCode: 0, output: 'fine\naside\n' })
    expect(statusText(record, Date.now())).toMatch(/^Up .+ \(healthy\)$/)
    const healthy = await engine.containers.list({ filters: { health: ['healthy'] } })
    expect(healthy.map(({ name }) => name)).toEqual(['well'])
    await stop('well')
  })

  test('that fails several times in a row makes it unhealthy, and one success healthy again', async () => {
    await runChecked('ill', { command: 'test -e /ok', intervalMs: 20, retries: 2 })
    await verdictOf('ill').toBe('unhealthy')
    expect((await healthOf('ill'))?.failingStreak).toBeGreaterThanOrEqual(2)
    await engine.containers.execDetached('ill', { argv: ['touch', '/ok'] })
    await verdictOf('ill').toBe('healthy')
    expect((await healthOf('ill'))?.failingStreak).toBe(0)
    await stop('ill')
  })

  test('of an image is not repeated as fast as the image requests', async () => {
    const Healthcheck = { Test: ['CMD', 'true'], Interval: 1, StartInterval: 1, StartPeriod: 60e9 }
    await addBusybox(engine.store, 'hasty', { Cmd: ['sh'], Healthcheck })
    await runChecked('hasty', undefined, { image: 'hasty' })
    await expect.poll(async () => (await healthOf('hasty'))?.log.length).toBe(5)
    const starts = (await healthOf('hasty'))?.log.map(({ start }) => Date.parse(start)) ?? []
    for (const [at, start] of starts.slice(1).entries()) expect(start - (starts[at] ?? 0)).toBeGreaterThanOrEqual(100)
    await stop('hasty')
  })

  test('that takes too long is killed, as shown in its result', async () => {
    const { state } = await runChecked('slow', {
      command: 'echo began; sleep 777',
      intervalMs: 20,
      timeoutMs: 100,
      retries: 1,
    })
    await verdictOf('slow').toBe('unhealthy')
    const result = (await healthOf('slow'))?.log[0]
    expect(result).toMatchObject({ exitCode: -1, output: 'Health check exceeded timeout (100ms): began\n' })
    expect(state.pid).toBeGreaterThan(0)
    await stop('slow')
  })

  test('runs with the user, directory and variables of the container', async () => {
    const command = 'echo $(id -u) $(pwd) $GREETING; exit 1'
    await runChecked('same', { command, intervalMs: 20 }, { user: 'web', workingDir: '/data', env: ['GREETING=hello'] })
    await expect.poll(async () => (await healthOf('same'))?.log[0]?.output).toBe('1000 /data hello\n')
    await stop('same')
  })

  test('is recorded with the beginning of its output, and so are the last five', async () => {
    await runChecked('wordy', { command: 'head -c 100000 /dev/zero | tr "\\0" x', intervalMs: 5 })
    await expect.poll(async () => (await healthOf('wordy'))?.log.length).toBe(5)
    expect((await healthOf('wordy'))?.log[4]?.output).toBe(`${'x'.repeat(4096)}...`)
    await stop('wordy')
  })

  test('that fails in the start period leaves the container starting', async () => {
    await runChecked('young', { command: 'false', startIntervalMs: 5, startPeriodMs: 3_600_000, retries: 1 })
    await expect.poll(async () => (await healthOf('young'))?.log.length).toBeGreaterThan(2)
    expect(await healthOf('young')).toMatchObject({ status: 'starting', failingStreak: 0 })
    await stop('young')
  })

  test('of the image is used: CMD directly, CMD-SHELL with its SHELL, NONE not at all', async () => {
    const { store } = engine
    const Shell = ['/bin/sh', '-c', 'echo by the shell of the image: $0']
    await addBusybox(store, 'plain', { Healthcheck: { Test: ['CMD', 'echo', '$HOME'], Interval: 2e7 } })
    await addBusybox(store, 'shell', { Shell, Healthcheck: { Test: ['CMD-SHELL', 'words'], Interval: 2e7 } })
    await addBusybox(store, 'none', { Healthcheck: { Test: ['NONE'] } })
    for (const image of ['plain', 'shell', 'none']) await runChecked(image, undefined, { image })
    await expect.poll(async () => (await healthOf('plain'))?.log[0]?.output).toBe('$HOME\n')
    await expect.poll(async () => (await healthOf('shell'))?.log[0]?.output).toBe('by the shell of the image: words\n')
    expect(await healthOf('none')).toBeUndefined()
    for (const image of ['plain', 'shell', 'none']) await stop(image)
  })

  test('does not run while the container is paused', async () => {
    const { directory } = await runChecked('paused', {
      command: 'echo again >> /checks',
      intervalMs: 10,
      timeoutMs: 1500,
    })
    const checks = join(directory, 'upper/checks')
    await expect.poll(() => existsSync(checks) && readFileSync(checks, 'utf8').length).toBeGreaterThan(0)
    await engine.containers.pause('paused')
    const before = readFileSync(checks, 'utf8')
    await new Promise((resolve) => setTimeout(resolve, 2000)) // longer than the timeout of a check
    expect(readFileSync(checks, 'utf8')).toBe(before)
    expect((await engine.containers.get('paused')).state.status).toBe('paused')
    await engine.containers.unpause('paused')
    const resumedAt = new Date().toISOString()
    const lastStart = async () => (await healthOf('paused'))?.log.at(-1)?.start ?? ''
    await expect.poll(async () => (await lastStart()) > resumedAt).toBe(true)
    expect((await healthOf('paused'))?.log.map(({ exitCode }) => exitCode)).not.toContain(-1)
    await stop('paused')
  })
})

test('an exited container is unhealthy, and starting again after a restart', async () => {
  await runChecked('again', { command: 'true', intervalMs: 20 })
  await verdictOf('again').toBe('healthy')
  await engine.containers.stop('again', { timeoutSeconds: 0 })
  expect(await healthOf('again')).toMatchObject({ status: 'unhealthy' })
  await engine.containers.start('again')
  await verdictOf('again').toBe('healthy')
  await stop('again')
})

test('no check outlives the container or a killed supervisor', async () => {
  for (const end of ['stop', 'kill'] as const) {
    const { state } = await runChecked('brief', { command: 'exec sleep 888', intervalMs: 5 })
    await expect.poll(() => sleepers().length).toBe(1)
    if (end === 'stop') await engine.containers.stop('brief', { timeoutSeconds: 0 })
    else process.kill(state.supervisorPid, 'SIGKILL')
    await expect.poll(() => sleepers().length).toBe(0)
    await stop('brief')
  }
})

/** Processes of the check, in whichever namespace. */
function sleepers(): readonly string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8') === 'sleep\x00888\x00'
    } catch {
      return false // has just ended
    }
  })
}

test('--health options require a command, and without a check there is no health status', async () => {
  const { containers } = engine
  const spec = { image: 'busybox', network: 'none' }
  await expect(containers.create({ ...spec, health: { retries: 3 } })).rejects.toMatchObject({
    code: 'CONTAINER_BAD_OPTION',
  })
  const { id } = await containers.create({ ...spec, health: 'none' })
  expect((await containers.inspect(id)).Config).toMatchObject({ Healthcheck: { Test: ['NONE'] } })
})

test('an invalid health state is treated as missing', async () => {
  const { directory } = await runChecked('forged', { command: 'true', intervalMs: 3_600_000 })
  const path = join(directory, 'state.json')
  const truth: object = JSON.parse(readFileSync(path, 'utf8'))
  for (const health of ['well', 7, { status: 'splendid', failingStreak: 0, log: [] }, { status: 'healthy' }]) {
    writeFileSync(path, JSON.stringify({ ...truth, health }))
    expect(await healthOf('forged')).toBeUndefined()
  }
  writeFileSync(path, JSON.stringify({ ...truth, health: { status: 'healthy', failingStreak: 0, log: [null, 'x'] } }))
  expect(await healthOf('forged')).toEqual({ status: 'healthy', failingStreak: 0, log: [] })
  await stop('forged')
})
