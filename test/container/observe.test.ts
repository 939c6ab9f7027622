import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test, vi } from 'vitest'
import { createSink, runToEnd, type TestEngine, temporaryContainers } from './temporary-containers.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
  const limits = { memoryBytes: 64 << 20, pidsMax: 20, cpusetCpus: '1' }
  const command = [
    'sh',
    '-c',
    'echo x > /data/new; rm -r /root; mkdir -m 700 /root; echo y >> /data/from-image; echo ready; sleep 1000; true',
  ]
  await engine.containers.run({ image: 'busybox', network: 'none', name: 'seen', limits, command })
  for await (const { text } of engine.containers.logs('seen', { follow: true })) if (text === 'ready\n') break
  // "ready" is printed a moment before the last command starts.
  await vi.waitUntil(async () => (await engine.containers.top('seen')).processes.length === 2, { timeout: 10_000 })
})

test("top() with options prints the output of the machine's ps for these processes", async () => {
  const { containers } = engine
  const plain = await containers.top('seen')
  const pids = plain.processes.map((row) => row[plain.titles.indexOf('PID')])
  const asked = await containers.top('seen', ['-o', 'pid,args'])
  expect(asked.titles).toEqual(['PID', 'COMMAND'])
  expect(asked.processes.map(([pid]) => pid).sort()).toEqual(pids.sort())
  expect((await containers.top('seen', ['aux'])).titles).toContain('%CPU')
  expect((await containers.top('seen', ['-ef f'])).processes).toHaveLength(pids.length) // which ps refuses with -q
  for (const options of [['-o', 'args'], ['-o', 'user=PID,pid'], ['--no-such-option']]) {
    await expect(containers.top('seen', options)).rejects.toMatchObject({ code: 'CONTAINER_BAD_OPTION', exitCode: 1 })
  }
})

test('top() lists the processes of the container with their host PIDs', async () => {
  const { titles, processes } = await engine.containers.top('seen')
  const { state } = await engine.containers.get('seen')
  expect(titles).toEqual(['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'])
  const found = processes.map((row) => [row[1] === String(state.pid), row[7]])
  // PIDs wrap around: the first process may have the higher one.
  expect(found).toEqual(
    expect.arrayContaining([
      [true, expect.stringContaining('sh -c')],
      [false, 'sleep 1000'],
    ]),
  )
})

test('stats() reports limits and usage of the container alone', async () => {
  const stats = await engine.containers.stats('seen')
  expect(stats).toMatchObject({ name: 'seen', pids: 2, memoryLimitBytes: 64 << 20, networkReceivedBytes: 0 })
  expect(stats.memoryBytes).toBeGreaterThan(0)
  expect(stats.memoryBytes).toBeLessThan(64 << 20)
  expect(stats.cpuUsageNs).toBeGreaterThan(0)
})

test('diff() lists added, changed and deleted paths', async () => {
  const changes = (await engine.containers.diff('seen')).map(({ kind, path }) => `${kind} ${path}`)
  expect(changes).toEqual(['C /data', 'C /data/from-image', 'A /data/new', 'C /root'])
})

test('export() contains the whole current filesystem', async () => {
  const sink = createSink()
  await engine.containers.export('seen', sink)
  expect(sink.text()).toContain('data/new')
  expect(sink.text()).toContain('bin/busybox')
})

test('copyFrom() returns a file, and fails if it is missing', async () => {
  const sink = createSink()
  await engine.containers.copyFrom('seen', { path: '/data/from-image', to: sink })
  expect(sink.text()).toContain('from the image\ny\n')
  await expect(engine.containers.copyFrom('seen', { path: '/nowhere', to: createSink() })).rejects.toMatchObject({
    code: 'TREE_MISSING',
  })
})

test('inspect() has the fields that scripts use with docker', async () => {
  const { state, id } = await engine.containers.get('seen')
  expect(await engine.containers.inspect('seen')).toMatchObject({
    Id: id,
    Name: '/seen',
    Path: 'sh',
    State: { Status: 'running', Running: true, Pid: state.pid, ExitCode: 0 },
    Config: { Hostname: id.slice(0, 12), Env: ['FROM_IMAGE=yes'], Cmd: expect.arrayContaining(['sh', '-c']) },
    HostConfig: { Memory: 64 << 20, PidsLimit: 20, CpusetCpus: '1', NetworkMode: 'none' },
  })
})

test('inspect() shows where the files of a running container are', async () => {
  const { MergedDir } = (await engine.containers.inspect('seen')).GraphDriver.Data
  expect(readFileSync(join(MergedDir ?? '', 'data/from-image'), 'utf8')).toBe('from the image\ny\n')
})

/** Of docker 20.10, but for fields that its JSON omits if they are empty. */
const FIELDS = {
  '': `Id Created Path Args State Image ResolvConfPath HostnamePath HostsPath LogPath Name RestartCount Driver Platform
    MountLabel ProcessLabel AppArmorProfile ExecIDs HostConfig GraphDriver Mounts Config NetworkSettings`,
  State: 'Status Running Paused Restarting OOMKilled Dead Pid ExitCode Error StartedAt FinishedAt',
  HostConfig: `Binds ContainerIDFile LogConfig NetworkMode PortBindings RestartPolicy AutoRemove VolumeDriver VolumesFrom
    CapAdd CapDrop CgroupnsMode Dns DnsOptions DnsSearch ExtraHosts GroupAdd IpcMode Cgroup Links OomScoreAdj PidMode
    Privileged PublishAllPorts ReadonlyRootfs SecurityOpt UTSMode UsernsMode ShmSize Runtime ConsoleSize Isolation
    CpuShares Memory NanoCpus CgroupParent BlkioWeight BlkioWeightDevice BlkioDeviceReadBps BlkioDeviceWriteBps
    BlkioDeviceReadIOps BlkioDeviceWriteIOps CpuPeriod CpuQuota CpuRealtimePeriod CpuRealtimeRuntime CpusetCpus
    CpusetMems Devices DeviceCgroupRules DeviceRequests KernelMemory KernelMemoryTCP MemoryReservation MemorySwap
    MemorySwappiness OomKillDisable PidsLimit Ulimits CpuCount CpuPercent IOMaximumIOps IOMaximumBandwidth MaskedPaths
    ReadonlyPaths`,
  Config: `Hostname Domainname User AttachStdin AttachStdout AttachStderr Tty OpenStdin StdinOnce Env Cmd Image Volumes
    WorkingDir Entrypoint OnBuild Labels`,
  NetworkSettings: `Bridge SandboxID HairpinMode LinkLocalIPv6Address LinkLocalIPv6PrefixLen Ports SandboxKey
    SecondaryIPAddresses SecondaryIPv6Addresses EndpointID Gateway GlobalIPv6Address GlobalIPv6PrefixLen IPAddress
    IPPrefixLen IPv6Gateway MacAddress Networks`,
}

test.each(Object.entries(FIELDS))('inspect() has docker’s fields, and no others, in "%s"', async (holder, names) => {
  const document = new Map<string, unknown>(Object.entries(await engine.containers.inspect('seen')))
  const object = holder === '' ? Object.fromEntries(document) : document.get(holder)
  expect(Object.keys(object ?? {}).sort()).toEqual(names.split(/\s+/).sort())
})

test('inspect() shows the paths that are masked and read-only', async () => {
  const { HostConfig } = await engine.containers.inspect('seen')
  const { stdout } = await runToEnd(engine.containers, { command: ['cat', '/proc/mounts'] })
  const mounted = stdout.split('\n').flatMap((line) => line.split(' ')[1] ?? [])
  const covers = mounted.filter((path) => /^\/(proc|sys)\/(?!fs\/cgroup)/.test(path))
  const { MaskedPaths, ReadonlyPaths } = HostConfig
  expect(covers).not.toEqual([])
  expect([MaskedPaths, ReadonlyPaths].flat()).toEqual(expect.arrayContaining(covers))
})

test('a container that exceeds its memory limit is killed, and inspect() shows the reason', async () => {
  const command = ['sh', '-c', 'tail /dev/zero']
  const limits = { memoryBytes: 16 << 20, memorySwapBytes: 16 << 20 }
  const { exitCode, id } = await runToEnd(engine.containers, { command, limits })
  expect(exitCode).toBe(137)
  expect((await engine.containers.get(id)).state.oomKilled).toBe(true)
})

test('a fork bomb stops at the process limit', async () => {
  const command = ['sh', '-c', 'for i in 1 2 3 4 5 6 7 8 9; do sleep 1 & done; wait']
  const { stderr } = await runToEnd(engine.containers, { autoRemove: true, command, limits: { pidsMax: 5 } })
  expect(stderr).toContain("can't fork")
})

test('prune() removes exited containers and no running ones', async () => {
  await engine.containers.prune()
  expect((await engine.containers.list({ all: true })).map(({ name }) => name)).toEqual(['seen'])
})
