import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { beforeAll, describe, expect, test } from 'vitest'
import { createSink, runToEnd, type TestEngine, temporaryContainers } from './temporary-containers.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
})

/** A container that runs until it is stopped, and prints when it is ready. */
async function runReady(
  name: string,
  command = 'trap "echo bye; exit 5" TERM; echo ready; while :; do sleep 0.05; done',
) {
  const { containers } = engine
  const { container } = await containers.run({
    image: 'busybox',
    network: 'none',
    name,
    command: ['sh', '-c', command],
  })
  await nextLine(name, 'ready\n')
  return container
}

async function nextLine(ref: string, wanted: string): Promise<void> {
  for await (const line of engine.containers.logs(ref, { follow: true })) if (line.text === wanted) return
}

async function textOf(ref: string): Promise<string> {
  let text = ''
  for await (const line of engine.containers.logs(ref)) text += line.text
  return text
}

describe('stop()', () => {
  test('sends SIGTERM, waits for the exit and keeps the last output', async () => {
    await runReady('polite')
    await engine.containers.stop('polite')
    const { state } = await engine.containers.get('polite')
    expect(state).toMatchObject({ status: 'exited', exitCode: 5, pid: 0 })
    expect(await textOf('polite')).toBe('ready\nbye\n')
  })

  test('kills a container that ignores the signal, after the timeout', async () => {
    await runReady('stubborn', 'trap "" TERM; echo ready; while :; do sleep 0.05; done')
    await engine.containers.stop('stubborn', { timeoutSeconds: 0.1 })
    expect((await engine.containers.get('stubborn')).state.exitCode).toBe(137)
  })

  test('sends the requested signal', async () => {
    await runReady('insistent', 'trap "exit 9" INT; trap "" TERM; echo ready; while :; do sleep 0.05; done')
    await engine.containers.stop('insistent', { stopSignal: 'INT', timeoutSeconds: 30 })
    expect((await engine.containers.get('insistent')).state.exitCode).toBe(9)
  })

  test('returns on abort, and still ends the container', async () => {
    const { containers } = engine
    await runReady('slow', 'trap "" TERM; echo ready; while :; do sleep 0.05; done')
    const cancel = new AbortController()
    const stopping = containers.stop('slow', { timeoutSeconds: 0.5 }, cancel.signal)
    cancel.abort(new Error('enough'))
    await expect(stopping).rejects.toThrow('enough')
    expect(await containers.wait('slow')).toBe(137)
    await containers.remove('slow')
  })

  test('of an exited container changes nothing', async () => {
    const ended = await engine.containers.get('polite')
    await engine.containers.stop('polite')
    expect(await engine.containers.get('polite')).toEqual(ended)
  })
})

test('kill() sends the requested signal', async () => {
  await runReady('listener', 'trap "exit 7" USR1; echo ready; while :; do sleep 0.05; done')
  await engine.containers.kill('listener', 'USR1')
  expect(await engine.containers.wait('listener')).toBe(7)
})

test('a failed start() keeps an exited container exited, with the reason', async () => {
  const { containers } = engine
  await runToEnd(containers, { name: 'once', command: ['/bin/sh', '-c', 'rm /bin/sh; exit 3'] })
  const { startedAt, finishedAt } = (await containers.get('once')).state
  await expect(containers.start('once')).rejects.toMatchObject({ exitCode: 127 })
  const { state } = await containers.get('once')
  expect(state).toMatchObject({ status: 'exited', exitCode: 127, startedAt, finishedAt })
  expect(state.error).toContain('/bin/sh')
  await containers.remove('once')
})

test('start() succeeds if another start() is faster', async () => {
  const { containers } = engine
  await containers.create({ image: 'busybox', network: 'none', name: 'wanted', command: ['sleep', '600'] })
  for (let round = 0; round < 3; round += 1) {
    await Promise.all([1, 2, 3].map(() => containers.start('wanted')))
    expect((await containers.get('wanted')).state.status).toBe('running')
    await containers.kill('wanted')
  }
})

test('start() attaches to a running container', async () => {
  const { containers } = engine
  await runReady('talking', 'trap "echo later; exit 3" USR1; echo ready; while :; do sleep 0.05; done')
  const stdout = createSink()
  const session = await containers.start('talking', { stdout, stderr: createSink() })
  await containers.kill('talking', 'USR1')
  expect(await session?.ended).toEqual({ kind: 'exited', exitCode: 3 })
  expect(stdout.text()).toBe('later\n')
})

test('start() restarts an exited container with its files', async () => {
  const { containers } = engine
  const command = ['sh', '-c', 'cat /kept 2>/dev/null; echo written > /kept']
  await runToEnd(containers, { name: 'again', command })
  const stdout = createSink()
  const session = await containers.start('again', { stdout, stderr: createSink() })
  expect(await session?.ended).toEqual({ kind: 'exited', exitCode: 0 })
  expect(stdout.text()).toBe('written\n')
})

describe('list()', () => {
  test('shows running containers, and exited ones on request', async () => {
    await runReady('running')
    await runToEnd(engine.containers, { name: 'ended', command: ['false'] })
    const names = async (all: boolean) => (await engine.containers.list({ all })).map(({ name }) => name)
    expect(await names(false)).toContain('running')
    expect(await names(false)).not.toContain('ended')
    expect((await names(true))[0]).toBe('ended')
  })

  const rows = [
    { filters: { name: ['^run'] }, names: ['running'] },
    { filters: { status: ['exited'], exited: ['1'] }, names: ['ended'] },
    { filters: { ancestor: ['busybox'], name: ['running'] }, names: ['running'] },
  ]
  for (const { filters, names } of rows) {
    test(`filters by ${JSON.stringify(filters)}`, async () => {
      const found = await engine.containers.list({ filters })
      expect(found.map(({ name }) => name)).toEqual(names)
    })
  }
})

describe('remove()', () => {
  test('of a running container requires force', async () => {
    const { containers } = engine
    await expect(containers.remove('running')).rejects.toMatchObject({ code: 'CONTAINER_RUNNING' })
    const { directory, state } = await containers.get('running')
    await containers.remove('running', { force: true })
    expect(existsSync(directory)).toBe(false)
    expect(existsSync(`/proc/${state.pid}`)).toBe(false)
    await expect(containers.get('running')).rejects.toMatchObject({ code: 'CONTAINER_MISSING' })
  })

  test('does not wait for a client that has stopped reading', async () => {
    const { containers } = engine
    const deaf = new Writable({ highWaterMark: 1, write: () => {} })
    const spec = { image: 'busybox', network: 'none', name: 'loud', command: ['yes'] }
    const { session } = await containers.run(spec, { stdout: deaf, stderr: deaf })
    // It prints no more once its output has filled all buffers on the way to the client.
    const log = join((await containers.get('loud')).directory, 'log.json')
    let before = -1
    const hasStopped = () => {
      const { size } = statSync(log)
      const isSame = size === before
      before = size
      return isSame
    }
    await expect.poll(hasStopped, { interval: 500 }).toBe(true)
    await containers.remove('loud', { force: true })
    await expect(containers.get('loud')).rejects.toMatchObject({ code: 'CONTAINER_MISSING' })
    deaf.destroy()
    await session?.ended
  })

  test('frees the name', async () => {
    await runToEnd(engine.containers, { name: 'taken', command: ['true'] })
    const second = engine.containers.create({ image: 'busybox', name: 'taken' })
    await expect(second).rejects.toMatchObject({ code: 'CONTAINER_NAME_TAKEN', exitCode: 125 })
    await engine.containers.remove('taken')
    await runToEnd(engine.containers, { name: 'taken', command: ['true'] })
  })
})

describe('restart policies', () => {
  test('on-failure restarts up to its limit', async () => {
    const { containers } = engine
    const restart = { name: 'on-failure', maximumRetries: 2 } as const
    await containers.run({
      image: 'busybox',
      network: 'none',
      name: 'failing',
      restart,
      command: ['sh', '-c', 'echo life; exit 3'],
    })
    expect(await containers.wait('failing')).toBe(3)
    expect((await containers.get('failing')).state).toMatchObject({ restartCount: 2, status: 'exited' })
    expect(await textOf('failing')).toBe('life\nlife\nlife\n')
    expect((await containers.inspect('failing')).RestartCount).toBe(2)
  })

  test('double the delay before each restart, and stop() ends the wait', async () => {
    const { containers } = engine
    const restart = { name: 'unless-stopped' } as const
    const command = ['sh', '-c', 'echo life']
    await containers.run({ image: 'busybox', network: 'none', name: 'short-lived', restart, command })
    const times: number[] = []
    for await (const { time } of containers.logs('short-lived', { follow: true })) {
      if (times.push(Date.parse(time)) === 4) break
    }
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    for (const [index, leastMs] of [100, 200, 400].entries()) expect(gaps[index]).toBeGreaterThanOrEqual(leastMs - 1)
    await expect.poll(async () => (await containers.get('short-lived')).state.status).toBe('restarting')
    await containers.stop('short-lived')
    const { status, restartCount } = (await containers.get('short-lived')).state
    expect(status).toBe('exited')
    expect(restartCount).toBeGreaterThanOrEqual(3)
    await containers.start('short-lived')
    expect((await containers.get('short-lived')).state.restartCount).toBe(0)
    await containers.remove('short-lived', { force: true })
  })

  test('do not restart a container that was ended by its stop signal', async () => {
    const { containers } = engine
    const restart = { name: 'always' } as const
    const command = ['sh', '-c', 'trap "exit 6" TERM; echo ready; while :; do sleep 0.05; done']
    await containers.run({ image: 'busybox', network: 'none', name: 'asked', restart, command })
    await nextLine('asked', 'ready\n')
    await containers.kill('asked', 'TERM')
    expect(await containers.wait('asked')).toBe(6)
    expect((await containers.get('asked')).state).toMatchObject({ status: 'exited', restartCount: 0 })
    await containers.remove('asked')
  })

  test('always ends with stop()', async () => {
    const { containers } = engine
    const restart = { name: 'always' } as const
    await containers.run({
      image: 'busybox',
      network: 'none',
      name: 'everlasting',
      restart,
      command: ['sh', '-c', 'echo life'],
    })
    let lives = 0
    for await (const { text } of containers.logs('everlasting', { follow: true })) {
      if (text === 'life\n') lives += 1
      if (lives === 2) break
    }
    await containers.stop('everlasting')
    expect((await containers.get('everlasting')).state.status).toBe('exited')
  })
})

test('stdin reaches the command, including its end', async () => {
  const { Readable } = await import('node:stream')
  const stdout = createSink()
  const spec = { image: 'busybox', network: 'none', openStdin: true, autoRemove: true, command: ['wc', '-c'] }
  const io = { stdin: Readable.from([Buffer.alloc(300_000, 'x'), Buffer.from('tail')]), stdout, stderr: createSink() }
  const { session } = await engine.containers.run(spec, io)
  expect(await session?.ended).toEqual({ kind: 'exited', exitCode: 0 })
  expect(stdout.text()).toBe('300004\n')
})

test('a terminal has the size of the window, and preserves the exit code', async () => {
  const { Readable } = await import('node:stream')
  const stdout = createSink()
  const stdin = new Readable({ read() {} })
  const spec = { image: 'busybox', network: 'none', openStdin: true, terminal: true, autoRemove: true, command: ['sh'] }
  const { session } = await engine.containers.run(spec, { stdin, stdout, stderr: createSink() })
  session?.resize(100, 30)
  stdin.push('tty; stty size; exit 4\n')
  expect(await session?.ended).toEqual({ kind: 'exited', exitCode: 4 })
  expect(stdout.text()).toContain('/dev/pts/0\r\n30 100\r\n')
})

test('a container may close its terminal and open it again', async () => {
  const script = 'exec < /dev/null > /dev/null 2>&1; sleep 0.3; echo again > /dev/console; sleep 0.3'
  const spec = { image: 'busybox', network: 'none', terminal: true, command: ['sh', '-c', script] }
  const { container } = await engine.containers.run(spec)
  expect(await engine.containers.wait(container.id)).toBe(0)
  expect(await textOf(container.id)).toBe('again\r\n')
})
