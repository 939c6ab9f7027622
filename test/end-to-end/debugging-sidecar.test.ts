import { readFileSync, readlinkSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type DelegatedGroups, delegateGroups } from '../support/delegated-groups.ts'
import { addUser, type TemporaryUser } from '../support/temporary-user.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, createTsbuildOf, type Tsbuild } from './tsbuild.ts'

const SERVE = 'mkdir /www; echo served > /www/index.html; echo held > /dev/shm/held; exec httpd -f -p 80 -h /www'
const TOGETHER = ['--network=container:app', '--pid=container:app', '--ipc=container:app']

/** A container is debugged from another one, which has the tools that it lacks. */
function walk(tsbuild: () => Tsbuild): void {
  const debug = (flags: readonly string[], ...command: string[]) =>
    tsbuild().ok('run', '--rm', ...TOGETHER, ...flags, 'busybox', ...command)

  test('a sidecar sees network, processes and memory of the container it joins', async () => {
    await tsbuild().ok('run', '-d', '--name=app', '--ipc=shareable', 'busybox', 'sh', '-c', SERVE)
    await expect.poll(() => debug([], 'cat', '/dev/shm/held').catch(() => '')).toBe('held')
    await expect.poll(() => debug([], 'wget', '-qO-', 'http://127.0.0.1/').catch(() => '')).toBe('served')
    expect(await debug([], 'ps', '-o', 'pid,args')).toMatch(/^ +1 httpd -f -p 80/m)
    expect(await debug(['--cap-add=SYS_PTRACE'], 'cat', '/proc/1/root/www/index.html')).toBe('served')
    expect(await debug([], 'sh', '-c', 'kill -0 1 && echo reached')).toBe('reached')
  })

  test('top and stats show only the processes of a detached sidecar, and stop ends no others', async () => {
    const spread = 'setsid sleep 500 & trap "" TERM; sleep 600 & wait; wait'
    await tsbuild().ok('run', '-d', '--name=side', ...TOGETHER, 'busybox', 'sh', '-c', spread)
    await expect.poll(() => tsbuild().ok('top', 'side', '-o', 'pid,args')).toMatch(/sleep 500[\s\S]*sleep 600/)
    expect(await tsbuild().ok('top', 'side')).not.toContain('httpd')
    expect(await tsbuild().ok('top', 'app')).not.toContain('sleep')
    expect(await tsbuild().ok('stats', '--no-stream', '--format={{.PIDs}}', 'side')).toBe('3')
    expect(await tsbuild().ok('exec', 'side', 'ps', '-o', 'args')).toContain('httpd')
    const id = await tsbuild().ok('inspect', '-f', '{{.Id}}', 'app')
    const modes = '{{.HostConfig.PidMode}} {{.HostConfig.IpcMode}} {{.HostConfig.NetworkMode}}'
    expect(await tsbuild().ok('inspect', '-f', modes, 'side')).toBe(Array(3).fill(`container:${id}`).join(' '))
    await tsbuild().ok('stop', '-t=0', 'side')
    await expect.poll(() => tsbuild().ok('exec', 'app', 'ps', '-o', 'args')).not.toContain('sleep')
    await tsbuild().ok('rm', 'side')
  })

  test('processes of a sidecar whose supervisor was killed end with the next command', async () => {
    const spread = 'while :; do setsid sleep 500 & sleep 0.01; done'
    await tsbuild().ok('run', '-d', '--name=side', ...TOGETHER, '--user=web', 'busybox', 'sh', '-c', spread)
    await setTimeout(100)
    const parent = await tsbuild().ok('inspect', '-f', '{{.State.Pid}}', 'side')
    const supervisor = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${parent}/status`, 'utf8'))?.[1]
    process.kill(Number(supervisor), 'SIGKILL')
    await expect.poll(() => tsbuild().ok('ps', '-a', '--format={{.State}}', '--filter=name=side')).toBe('exited')
    await expect.poll(() => tsbuild().ok('exec', 'app', 'ps', '-o', 'args')).not.toContain('sleep')
    await tsbuild().ok('rm', 'side')
  })

  test('a sidecar sees neither a container that has ended, nor memory that is not shared', async () => {
    await tsbuild().ok('rm', '-f', 'app')
    await tsbuild().ok('run', '-d', '--name=app', '--network=none', 'busybox', 'sleep', '1000')
    expect(await tsbuild().run('run', '--rm', '--ipc=container:app', 'busybox', 'true')).toMatchObject({
      exitCode: 125,
      stderr: expect.stringMatching(/non-shareable IPC[\s\S]*--ipc shareable/),
    })
    await tsbuild().ok('stop', '-t=0', 'app')
    expect(await tsbuild().run('run', '--rm', '--pid=container:app', 'busybox', 'true')).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('is not running'),
    })
    await tsbuild().ok('rm', 'app')
  })
}

describe('as root', () => {
  let tsbuild: Tsbuild
  beforeAll(async () => {
    tsbuild = createTsbuild()
    await importBusybox(tsbuild)
  })
  walk(() => tsbuild)
})

describe('as a user with subordinate IDs and a delegated control group', () => {
  let user: TemporaryUser
  let groups: DelegatedGroups
  let tsbuild: Tsbuild
  beforeAll(async () => {
    user = addUser()
    groups = delegateGroups(user)
    tsbuild = createTsbuildOf(groups.user)
    await importBusybox(tsbuild)
  })
  afterAll(async () => {
    await tsbuild.close()
    await vi.waitUntil(() => user.processes().length === 0, { timeout: 30_000 }) // supervisors clean up
    expect(groups.names()).toEqual([])
    groups.remove()
  })
  walk(() => tsbuild)

  test('--pid=host shows the processes of the host, but only those of the user can be reached', async () => {
    const run = (...words: string[]) => tsbuild.run('run', '--rm', '--network=none', '--pid=host', ...words)
    const look = 'readlink /proc/self/ns/pid; kill -0 1; ls /proc/1/root/; true'
    const { stdout, stderr } = await run('busybox', 'sh', '-c', look)
    expect(stdout).toBe(`${readlinkSync('/proc/self/ns/pid')}\n`)
    expect(stderr).toContain('Operation not permitted')
    for (const flag of ['--privileged', '--cap-add=SYS_PTRACE', '--cap-add=ALL'])
      expect(await run(flag, 'busybox', 'true')).toMatchObject({
        exitCode: 125,
        stderr: expect.stringContaining('SYS_PTRACE'),
      })
  })

  test('namespaces of different user namespaces, and the control groups of the host, are refused', async () => {
    for (const name of ['one', 'two'])
      await tsbuild.ok('run', '-d', `--name=${name}`, '--network=none', '--ipc=shareable', 'busybox', 'sleep', '1000')
    const both = await tsbuild.run('run', '--rm', '--pid=container:one', '--ipc=container:two', 'busybox', 'true')
    expect(both).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('different user namespaces') })
    const groups = await tsbuild.run('run', '--rm', '--network=none', '--cgroupns=host', 'busybox', 'true')
    expect(groups).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('root as the caller') })
    await tsbuild.ok('rm', '-f', 'one', 'two')
  })
})

describe('as a user without control groups', () => {
  let user: TemporaryUser
  let tsbuild: Tsbuild
  beforeAll(async () => {
    user = addUser()
    tsbuild = createTsbuildOf(user)
    await importBusybox(tsbuild)
  })

  test('--pid is refused, because no control group would end the processes that a container leaves behind', async () => {
    await tsbuild.ok('run', '-d', '--name=app', '--network=none', '--ipc=shareable', 'busybox', 'sleep', '1000')
    for (const mode of ['host', 'container:app'])
      expect(await tsbuild.run('run', '--rm', `--pid=${mode}`, '--network=none', 'busybox', 'true')).toMatchObject({
        exitCode: 125,
        stderr: expect.stringMatching(/no cgroup through which all processes can be killed[\s\S]*Omit --pid/),
      })
    expect(
      await tsbuild.ok('run', '--rm', '--ipc=container:app', '--network=none', 'busybox', 'ls', '-d', '/dev/shm'),
    ).toBe('/dev/shm')
  })
})
