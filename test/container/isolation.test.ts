import { mkdtempSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { parseDeviceFlag } from '../../cli/containers/device-flag.ts'
import { parseTmpfsFlag, parseVolumeFlag } from '../../cli/containers/mount-flags.ts'
import type { RunSpec } from '../../container/index.ts'
import { runToEnd, type TestEngine, temporaryContainers } from './temporary-containers.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
})

async function shows(spec: Partial<RunSpec>, script: string): Promise<string> {
  return (await runToEnd(engine.containers, { ...spec, command: ['sh', '-c', script], autoRemove: true })).stdout.trim()
}

async function inspected(spec: Partial<RunSpec>): Promise<unknown> {
  const { id } = await engine.containers.create({ image: 'busybox', network: 'none', ...spec })
  const document = await engine.containers.inspect(id)
  await engine.containers.remove(id)
  return document
}

describe('security options', () => {
  test('seccomp=unconfined disables the filter, and builtin does not', async () => {
    const look = 'grep Seccomp: /proc/self/status | tr -dc 0-9'
    expect(await shows({ securityOptions: ['seccomp=unconfined'] }, look)).toBe('0')
    expect(await shows({ securityOptions: ['seccomp=builtin'] }, look)).toBe('2')
  })

  test('systempaths=unconfined unmasks /proc and nothing else', async () => {
    const look =
      'wc -c < /proc/timer_list | grep -c -v "^0$"; touch /proc/sys/kernel/hostname && echo writable; touch /sys/x'
    const securityOptions = ['systempaths=unconfined']
    expect(await shows({ securityOptions }, look)).toBe('1\nwritable')
    expect(await shows({}, look)).toBe('0')
    expect(await inspected({ securityOptions: [...securityOptions, 'label=disable'] })).toMatchObject({
      HostConfig: { SecurityOpt: ['label=disable'], MaskedPaths: [], ReadonlyPaths: [] },
    })
  })

  test.each(['foo', 'foo=bar', 'no-new-privileges:maybe', 'apparmor=mine', 'systempaths=all', 'seccomp=profile'])(
    '%s is refused',
    async (option) => {
      const code = option.includes('=') || option.includes(':') ? 'CONTAINER_BAD_OPTION' : 'CONTAINER_BAD_SYNTAX'
      await expect(inspected({ securityOptions: [option] })).rejects.toMatchObject({ code })
    },
  )
})

describe('namespaces', () => {
  const own = (name: string) => readlinkSync(`/proc/self/ns/${name}`)

  test('ipc host shares memory and queues of the host', async () => {
    const room = mkdtempSync('/dev/shm/tsbuild-')
    onTestFinished(() => rmSync(room, { recursive: true }))
    writeFileSync(join(room, 'file'), 'shared\n')
    const look = `readlink /proc/self/ns/ipc; cat ${room}/file; ls -d /dev/mqueue`
    expect(await shows({ ipc: 'host' }, look)).toBe(`${own('ipc')}\nshared\n/dev/mqueue`)
    expect(await shows({}, look)).not.toContain(own('ipc'))
  })

  test('ipc none has a private namespace without /dev/shm', async () => {
    const seen = await shows({ ipc: 'none' }, 'readlink /proc/self/ns/ipc; ls -d /dev/shm 2>&1')
    expect(seen).not.toContain(own('ipc'))
    expect(seen).toContain('No such file')
  })

  test('uts host has the host name of this machine, and cannot set another', async () => {
    expect(await shows({ uts: 'host' }, 'hostname; readlink /proc/self/ns/uts')).toBe(`${hostname()}\n${own('uts')}`)
    await expect(inspected({ uts: 'host', hostname: 'box' })).rejects.toThrow(/hostname and the UTS mode/)
  })

  test('sysctls apply to the container', async () => {
    const sysctls = { 'kernel.shmmni': '77', 'net.ipv4.ip_default_ttl': '33', 'fs.mqueue.msg_max': '7' }
    const look = 'cat /proc/sys/kernel/shmmni /proc/sys/net/ipv4/ip_default_ttl /proc/sys/fs/mqueue/msg_max'
    expect(await shows({ sysctls }, look)).toBe('77\n33\n7')
    expect(await shows({}, look)).not.toContain('33')
    await expect(inspected({ sysctls: { 'kernel.panic': '1' } })).rejects.toThrow(/not whitelisted/)
    await expect(inspected({ sysctls: { 'net.ipv4.ip_forward': '' } })).rejects.toThrow(/it has no value/)
    await expect(inspected({ sysctls, network: 'host' })).rejects.toThrow(/host network namespace/)
  })
})

describe('devices', () => {
  const ids = (path: string) => statSync(path).rdev

  test('--device creates a node with the requested name', async () => {
    const devices = ['/dev/zero:/dev/deep/nought:rwm', '/dev/kmsg'].map(parseDeviceFlag)
    const before = statSync('/dev/kmsg')
    const look =
      'head -c 3 /dev/deep/nought | wc -c; stat -c "%F %t:%T" /dev/kmsg; chmod 777 /dev/kmsg; chown 7 /dev/kmsg'
    expect(await shows({ devices }, look)).toBe('3\ncharacter special file 1:b')
    expect(statSync('/dev/kmsg')).toMatchObject({ mode: before.mode, uid: before.uid })
  })

  test('nodes can be created; null and similar devices can be opened, others only if granted', async () => {
    const look =
      'mknod /nought c 1 5; head -c 1 /nought | wc -c; mknod /log c 1 11; head -c 1 /log 2>&1 | grep -c permitted'
    expect(await shows({}, look)).toBe('1\n1')
    const use = 'mknod /log c 1 11; sh -c "exec 3< /log" && echo read; sh -c "exec 3> /log" && echo written'
    const uses = (spec: Partial<RunSpec>) => shows({ ...spec, addCapabilities: ['SYSLOG'] }, use)
    expect(await uses({ devices: [parseDeviceFlag('/dev/kmsg')] })).toBe('read\nwritten')
    expect(await uses({ devices: [parseDeviceFlag('/dev/kmsg:r')] })).toBe('read')
    expect(await uses({ devices: [parseDeviceFlag('/dev/kmsg:/dev/kmsg:w')] })).toBe('written')
    expect(await uses({ deviceRules: ['c 1:11 r'] })).toBe('read')
    expect(await uses({ deviceRules: ['c *:11 rw'] })).toBe('read\nwritten')
    expect(await uses({ deviceRules: ['a *:* rwm'] })).toBe('read\nwritten')
    expect(await uses({ privileged: true, devices: [parseDeviceFlag('/dev/kmsg:r')] })).toBe('read\nwritten')
  })

  test('inspect shows device rules, and invalid ones are refused', async () => {
    const devices = [parseDeviceFlag('/dev/kmsg:r')]
    expect(await inspected({ devices, deviceRules: ['c 1:11 r', 'b *:* m'] })).toMatchObject({
      HostConfig: {
        Devices: [{ PathOnHost: '/dev/kmsg', PathInContainer: '/dev/kmsg', CgroupPermissions: 'r' }],
        DeviceCgroupRules: ['c 1:11 r', 'b *:* m'],
      },
    })
    expect(await inspected({})).toMatchObject({ HostConfig: { Devices: [], DeviceCgroupRules: null } })
    for (const rule of ['c 1:3', 'x 1:3 r', 'c 1:3 q', 'c 1:3 rwmr', 'c 4294967296:1 r', ''])
      await expect(inspected({ deviceRules: [rule] })).rejects.toThrow(/invalid device cgroup format/)
  })

  test('mounts allow devices where docker’s do', async () => {
    const mounts = [parseVolumeFlag('shown:/v'), parseVolumeFlag('/var:/h'), parseTmpfsFlag('/t')]
    const look = "awk '$2 ~ /^.(v|h|t|dev|dev.shm|dev.pts)?$/ && $2 !~ /etc/ {print $2, $4 ~ /nodev/}' /proc/mounts"
    const seen = (await shows({ mounts }, look)).split('\n').sort()
    expect(seen).toEqual(['/ 0', '/dev 0', '/dev/pts 0', '/dev/shm 1', '/h 0', '/t 1', '/v 0'])
  })

  test('anything but a device, and an unknown mode, is refused', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'tsbuild-no-device-')), 'file')
    writeFileSync(file, '')
    await expect(shows({ devices: [parseDeviceFlag(file)] }, 'true')).rejects.toThrow(/not a device/)
    await expect(shows({ devices: [parseDeviceFlag('/dev/nope')] }, 'true')).rejects.toThrow(/no such file/)
    const code = 'CONTAINER_START_FAILED' // some directory of /proc cannot be listed, even by root
    await expect(shows({ devices: [parseDeviceFlag('/proc/1')] }, 'true')).rejects.toMatchObject({ code })
    for (const text of ['/dev/zero:rr', '/dev/zero:/x:q', '/dev/zero:/x:', '/dev/zero:/a:/b:r', 'zero', '/dev/zero:'])
      expect(() => parseDeviceFlag(text)).toThrow(/Cannot add device/)
    rmSync(join(file, '..'), { recursive: true })
  })

  test("--privileged has the host's devices, opens others, and has writable /proc and /sys", async () => {
    const look = `stat -c %t:%T /dev/kmsg /dev/mem 2>/dev/null; mknod /dev/nought c 1 5; head -c 1 /dev/nought | wc -c
      touch /proc/sys/kernel/hostname /sys/kernel/mm && echo writable; grep Seccomp: /proc/self/status | tr -dc 0-9`
    const seen = await shows({ privileged: true }, look)
    expect(seen).toContain('1:b')
    expect(seen).toMatch(/\n1\nwritable\n0$/)
    expect(ids('/dev/kmsg')).toBe(0x10b)
  })
})

test('inspect shows additional groups, the OOM score and all modes', async () => {
  expect(await shows({ groups: ['44', 'web'] }, 'id -G')).toBe('0 44 1000')
  expect(await shows({ groups: ['44'], user: 'web' }, 'id -G')).toBe('1000 44')
  await expect(shows({ groups: ['nobody-here'] }, 'true')).rejects.toThrow(/not in the image/)
  expect(await shows({ oomScoreAdj: 321 }, 'cat /proc/self/oom_score_adj')).toBe('321')
  const document = await inspected({
    privileged: true,
    groups: ['4'],
    ipc: 'shareable',
    uts: 'host',
    userns: 'host',
    oomScoreAdj: 5,
    sysctls: { 'kernel.shmmax': '1' },
    devices: [parseDeviceFlag('/dev/null')],
  })
  // As shown by docker 20.10.
  expect(document).toMatchObject({
    HostConfig: {
      CgroupnsMode: 'private',
      GroupAdd: ['4'],
      IpcMode: 'shareable',
      OomScoreAdj: 5,
      PidMode: '',
      Privileged: true,
      SecurityOpt: ['label=disable'],
      UTSMode: 'host',
      UsernsMode: 'host',
      Sysctls: { 'kernel.shmmax': '1' },
      Devices: [{ PathOnHost: '/dev/null', PathInContainer: '/dev/null', CgroupPermissions: 'rwm' }],
    },
  })
})

test('an unknown capability is refused when the container is created', async () => {
  await expect(inspected({ addCapabilities: ['NOPE'] })).rejects.toThrow(/unknown capability: "CAP_NOPE"/)
  await expect(inspected({ dropCapabilities: ['cap_fly'] })).rejects.toThrow(/unknown capability: "CAP_FLY"/)
})
