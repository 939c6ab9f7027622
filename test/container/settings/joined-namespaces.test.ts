import { readFileSync, readlinkSync } from 'node:fs'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { ExecSpec, RunSpec } from '../../../container/index.ts'
import { createSink, runToEnd, type TestEngine, temporaryContainers } from '../temporary-containers.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
})

const base = { image: 'busybox', network: 'none' } as const

async function start(spec: Partial<RunSpec>): Promise<string> {
  const { container } = await engine.containers.run({ ...base, command: ['sleep', '1000'], ...spec })
  onTestFinished(() => engine.containers.remove(container.id, { force: true }).catch(() => {})) // one has removed it itself
  return container.id
}

async function shows(spec: Partial<RunSpec>, script: string): Promise<string> {
  return (await runToEnd(engine.containers, { ...spec, command: ['sh', '-c', script], autoRemove: true })).stdout.trim()
}

async function execs(id: string, script: string, more: Partial<ExecSpec> = {}): Promise<string> {
  const output = createSink()
  await engine.containers.exec(
    id,
    { argv: ['sh', '-c', script], ...more },
    { output: (stream, chunk) => void (stream === 'stdout' && output.write(chunk)) },
  )
  return output.text().trim()
}

const stateOf = async (id: string) => (await engine.containers.get(id)).state
const commandsOf = async (id: string) => (await engine.containers.top(id)).processes.map((row) => row.at(-1))
const hostConfigOf = async (id: string) =>
  ((await engine.containers.inspect(id)) as { readonly HostConfig: Readonly<Record<string, unknown>> }).HostConfig

describe('memory of another container', () => {
  const look = 'readlink /proc/self/ns/ipc; cat /dev/shm/kept'

  test('is shared with a container that joins it, and with those that join the latter', async () => {
    const owner = await start({
      ipc: 'shareable',
      command: ['sh', '-c', 'echo kept > /dev/shm/kept; exec sleep 1000'],
    })
    await expect.poll(() => execs(owner, 'cat /dev/shm/kept')).toBe('kept')
    const seen = await execs(owner, look)
    expect(await shows({ ipc: `container:${owner}` }, `${look}; echo back > /dev/shm/back`)).toBe(seen)
    expect(await execs(owner, 'cat /dev/shm/back')).toBe('back')
    const second = await start({ ipc: `container:${owner}` })
    expect(await shows({ ipc: `container:${second}` }, look)).toBe(seen)
    expect(await shows({ ipc: `container:${owner}` }, 'ls -d /dev/mqueue; grep " /dev/shm " /proc/mounts')).toMatch(
      /^\/dev\/mqueue\n\S+ \/dev\/shm tmpfs rw,nosuid,nodev,noexec/,
    )
    expect(await hostConfigOf(second)).toMatchObject({ IpcMode: `container:${owner}` })
  })

  test('of the host is shared', async () => {
    const owner = await start({ ipc: 'host' })
    expect(await shows({ ipc: `container:${owner}` }, 'readlink /proc/self/ns/ipc')).toBe(
      readlinkSync('/proc/self/ns/ipc'),
    )
  })

  test.each(['private', 'none', undefined] as const)('of an owner with --ipc %s is not shared', async (ipc) => {
    const owner = await start(ipc === undefined ? {} : { ipc })
    await expect(shows({ ipc: `container:${owner}` }, 'true')).rejects.toMatchObject({
      code: 'CONTAINER_NOT_RUNNING',
      message: expect.stringContaining('non-shareable IPC'),
      hint: expect.stringContaining('--ipc shareable'),
      exitCode: 125,
    })
  })

  test('has the limits of its owner', async () => {
    const owner = await start({ ipc: 'shareable' })
    await expect(
      shows({ ipc: `container:${owner}`, sysctls: { 'kernel.shmmni': '77' } }, 'true'),
    ).rejects.toMatchObject({ code: 'CONTAINER_BAD_OPTION' })
  })
})

describe('processes of another container', () => {
  test('are visible and reachable, also with exec', async () => {
    const owner = await start({})
    const joiner = await start({ pid: `container:${owner}`, command: ['sh', '-c', 'sleep 500 & exec sleep 600'] })
    const look = 'tr "\\0" " " < /proc/1/cmdline; kill -0 1 && echo reached; test $$ != 1 && echo another'
    expect(await shows({ pid: `container:${owner}` }, look)).toBe('sleep 1000 reached\nanother')
    expect(await execs(joiner, look)).toBe('sleep 1000 reached\nanother')
    await expect.poll(() => execs(owner, 'ps -o args')).toMatch(/sleep 500\nsleep 600|sleep 600\nsleep 500/)
    expect(await hostConfigOf(joiner)).toMatchObject({ PidMode: `container:${owner}` })
  })

  test('are not included in top and stats, on either side', async () => {
    const owner = await start({})
    const joiner = await start({ pid: `container:${owner}`, command: ['sh', '-c', 'sleep 500 & exec sleep 600'] })
    await expect.poll(() => commandsOf(joiner)).toEqual(['sleep 600', 'sleep 500'])
    expect(await commandsOf(owner)).toEqual(['sleep 1000'])
    expect(await engine.containers.stats(joiner)).toMatchObject({ pids: 2 })
  })

  test('keep running when a joining container exits, whose own processes end', async () => {
    const owner = await start({})
    const spread = 'for i in 1 2 3; do sleep 7654 & done; setsid sh -c "sleep 7654 & sleep 7654" & trap "" TERM; wait'
    for (const end of ['stop', 'kill', 'remove', 'exit'] as const) {
      const script = end === 'exit' ? `${spread.replace('wait', 'sleep 0.2; exit 3')}` : spread
      const joiner = await start({ pid: `container:${owner}`, command: ['sh', '-c', script] })
      const sleepers = () => execs(owner, 'ps -o args | grep -c "^sleep 7654"')
      if (end !== 'exit') await expect.poll(sleepers).toBe('5')
      if (end === 'stop') await engine.containers.stop(joiner, { timeoutSeconds: 0 })
      if (end === 'kill') await engine.containers.kill(joiner)
      if (end === 'remove') await engine.containers.remove(joiner, { force: true })
      if (end === 'exit') expect(await engine.containers.wait(joiner)).toBe(3)
      await expect.poll(sleepers).toBe('0')
      expect((await stateOf(owner)).status).toBe('running')
    }
  })

  test('end the joining containers, which can start again only once the owner runs', async () => {
    const owner = await start({})
    const joiner = await start({ pid: `container:${owner}`, restart: { name: 'no' } })
    await engine.containers.stop(owner, { timeoutSeconds: 0 })
    expect(await engine.containers.wait(joiner)).toBe(137)
    await expect(engine.containers.start(joiner)).rejects.toMatchObject({
      code: 'CONTAINER_NOT_RUNNING',
      message: expect.stringContaining('not running'),
    })
    await engine.containers.start(owner)
    await engine.containers.start(joiner)
    expect(await execs(joiner, 'tr "\\0" " " < /proc/1/cmdline')).toBe('sleep 1000')
  })

  test('already have an init process: there is no second one', async () => {
    const owner = await start({})
    const look = 'cat /proc/1/comm; echo $PPID'
    expect(await shows({ pid: `container:${owner}`, init: true }, look)).toBe('sleep\n0')
    expect((await stateOf(owner)).status).toBe('running')
  })

  test('can be inspected with SYS_PTRACE only', async () => {
    const owner = await start({ addCapabilities: ['NET_ADMIN'] })
    const pid = `container:${owner}` as const
    const look = 'ls /proc/1/root/bin/busybox; readlink /proc/1/exe'
    expect(await shows({ pid }, look)).toBe('')
    expect(await shows({ pid, addCapabilities: ['SYS_PTRACE', 'NET_ADMIN'] }, look)).toBe(
      '/proc/1/root/bin/busybox\n/bin/busybox',
    )
  })

  test('a stopped or missing container cannot be joined', async () => {
    const { id } = await engine.containers.create({ ...base, command: ['true'] })
    await expect(shows({ pid: `container:${id}` }, 'true')).rejects.toMatchObject({ code: 'CONTAINER_NOT_RUNNING' })
    await expect(shows({ ipc: `container:${id}` }, 'true')).rejects.toMatchObject({ code: 'CONTAINER_NOT_RUNNING' })
    await engine.containers.remove(id)
    for (const mode of ['pid', 'ipc'])
      await expect(shows({ [mode]: 'container:nobody' }, 'true')).rejects.toMatchObject({ code: 'CONTAINER_MISSING' })
  })
})

describe('processes of the host', () => {
  test("are visible, and the container's own ones end with it", async () => {
    const id = await start({ pid: 'host', command: ['sh', '-c', 'setsid sleep 7655 & trap "" TERM; wait'] })
    expect(await execs(id, 'readlink /proc/self/ns/pid')).toBe(readlinkSync('/proc/self/ns/pid'))
    expect(await execs(id, `tr "\\0" " " < /proc/${process.pid}/cmdline`)).toContain('node')
    await expect.poll(() => commandsOf(id)).toHaveLength(2)
    expect(await hostConfigOf(id)).toMatchObject({ PidMode: 'host', SecurityOpt: ['label=disable'] })
    const pids = (await engine.containers.top(id)).processes.map((row) => row[1])
    await engine.containers.stop(id, { timeoutSeconds: 0 })
    await expect.poll(() => pids.filter(isAlive)).toEqual([])
  })

  test('--init ends none of them', async () => {
    const ran = await runToEnd(engine.containers, {
      pid: 'host',
      init: true,
      command: ['sh', '-c', 'sleep 100 & exit 4'],
    })
    expect(ran.exitCode).toBe(4)
  })
})

describe('control groups of the host', () => {
  test('are visible, and its own is shown', async () => {
    const look = 'readlink /proc/self/ns/cgroup; cut -d: -f3 /proc/self/cgroup | sort -u'
    const seen = await shows({ cgroupns: 'host' }, look)
    expect(seen).toContain(readlinkSync('/proc/self/ns/cgroup'))
    expect(seen).toMatch(/\/tsbuild\/[0-9a-f]{64}/)
    expect(await shows({ cgroupns: 'private' }, look)).not.toContain('tsbuild')
    const id = await start({ cgroupns: 'host', limits: { memoryBytes: 64 << 20 } })
    expect(await hostConfigOf(id)).toMatchObject({ CgroupnsMode: 'host' })
    if (readFileSync('/proc/self/mountinfo', 'utf8').includes(' - cgroup cgroup rw,memory'))
      expect(
        await execs(id, 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes; echo 1 > /sys/fs/cgroup/memory/tasks; true'),
      ).toBe(`${64 << 20}`)
  })
})

/** A zombie has no program any more. */
function isAlive(pid: string | undefined): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) !== ''
  } catch {
    return false
  }
}
