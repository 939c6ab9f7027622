import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { parseDeviceFlag } from '../../cli/containers/device-flag.ts'
import { createSink, runToEnd, type TestEngine, temporaryContainers } from '../container/temporary-containers.ts'
import { type BusyboxRoot, makeBusyboxRoot } from '../sandbox-native/busybox-root.ts'

/** On version 2 a program in the kernel determines which devices can be opened. */
let engine: TestEngine
let root: BusyboxRoot

beforeAll(async () => {
  engine = await temporaryContainers()
  root = makeBusyboxRoot()
})

const TRY = `mknod /null c 1 3; echo x > /null && echo "null is open"
  mknod /disk b 254 0; head -c 1 /disk; true > /disk; mknod /log c 1 11
  sh -c "exec 3< /log" && echo "log is read"; sh -c "exec 3> /log" && echo "log is written"`

test('a build step opens null but no disk, and leaves no group', async () => {
  const ran = await root.run(TRY, { cgroup: { name: `step-${process.pid}`, devicesOnly: true } })
  expect(ran.stdout).toBe('null is open\n')
  expect(ran.stderr.match(/not permitted/g)).toHaveLength(4)
  expect(readdirSync('/sys/fs/cgroup/tsbuild')).not.toContain(`step-${process.pid}`)
})

test('a build step sees its own group and cannot change it', async () => {
  const cgroup = { name: `step-${process.pid}`, devicesOnly: true } as const
  const script = 'cd /sys/fs/cgroup; cat cgroup.procs; mkdir below && rmdir below && echo written'
  const usual = await root.run(script, { cgroup })
  expect(usual.stdout).toMatch(/^1\n(?:[1-9]\d*\n)*$/) // those outside are 0
  expect(usual.stderr).toContain('Read-only file system')
})

test('without a group no device can be opened', async () => {
  const ran = await root.run(TRY)
  expect(ran.stdout).toBe('')
})

test('a container opens the granted devices with the granted access', async () => {
  const use = async (spec: object) =>
    (await runToEnd(engine.containers, { ...spec, addCapabilities: ['SYSLOG'], command: ['sh', '-c', TRY] })).stdout
  expect(await use({})).toBe('null is open\n')
  expect(await use({ devices: [parseDeviceFlag('/dev/kmsg:r')] })).toBe('null is open\nlog is read\n')
  expect(await use({ deviceRules: ['c *:11 w'] })).toBe('null is open\nlog is written\n')
  expect(await use({ deviceRules: ['a *:* rwm'] })).toContain('log is read\nlog is written\n')
})

test('the rules apply to exec, after an update, and in a nested group', async () => {
  const { containers } = engine
  const nodes = mkdtempSync(join(tmpdir(), 'tsbuild-nodes-'))
  onTestFinished(() => rmSync(nodes, { recursive: true }))
  execFileSync('mknod', [join(nodes, 'log'), 'c', '1', '11'])
  const command = ['sleep', '1000']
  const { container } = await containers.run({ image: 'busybox', network: 'none', command, limits: { pidsMax: 50 } })
  await containers.update(container.id, { limits: { pidsMax: 40, memoryBytes: 64 << 20 } })
  const output = createSink()
  const io = { output: (_: string, chunk: Buffer) => void output.write(chunk) }
  await containers.exec(container.id, { argv: ['sh', '-c', TRY] }, io)
  expect(output.text().match(/not permitted/g)).toHaveLength(4)
  const below = `/sys/fs/cgroup/tsbuild/${container.id}/below`
  mkdirSync(below)
  const script = 'echo 0 > "$0/cgroup.procs" && echo inside; exec 3< "$1/log" && echo "log is read"'
  expect(spawnSync('sh', ['-c', script, below, nodes], { encoding: 'utf8' }).stdout).toBe('inside\n')
  rmdirSync(below)
  await containers.remove(container.id, { force: true })
})
