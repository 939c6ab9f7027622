import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importBusybox } from '../end-to-end/bases.ts'
import { createTsbuildOf, type Tsbuild } from '../end-to-end/tsbuild.ts'
import { addUser, type TemporaryUser } from '../support/temporary-user.ts'
import { type SystemdMachine, startSystemd } from './systemd-machine.ts'

const program = resolve(import.meta.dirname, '../../bin/tsbuild')

let machine: SystemdMachine
let user: TemporaryUser

beforeAll(async () => {
  machine = await startSystemd()
  user = addUser()
  machine.root('loginctl', 'enable-linger', user.name)
})

afterAll(async () => {
  machine.root('loginctl', 'disable-linger', user.name)
  await machine.stop()
})

/** The program, started in this way. */
function behind(words: readonly string[], env: NodeJS.ProcessEnv = {}): Tsbuild {
  return createTsbuildOf({ ...user, command: [...words, ...user.command.slice(-1)] }, env)
}

const LIMITS = ['--memory', '64m', '--memory-swap', '64m', '--network=none']
const SHOW = 'cat /sys/fs/cgroup/memory.max /proc/self/cgroup'

describe('a user in a login session, which belongs to root', () => {
  let tsbuild: Tsbuild

  beforeAll(async () => {
    tsbuild = behind(machine.session(user))
    await importBusybox(tsbuild)
  })

  afterAll(async () => {
    await tsbuild.close()
    expect(scopes()).toEqual([])
  })

  test('reports the available limits', async () => {
    expect(await tsbuild.ok('doctor')).toMatch(/limits by the controllers (?=.*memory)(?=.*pids)/)
  })

  test('builds with file owners, and with limits', async () => {
    const file = `FROM busybox\nRUN touch /f && chown 7:8 /f && ${SHOW}\n`
    const { stderr, exitCode } = await tsbuild
      .with({ input: file })
      .run('build', '--progress=plain', ...LIMITS, '-t', 'owners', '-')
    expect(exitCode, stderr).toBe(0)
    expect(stderr).toMatch(/ 67108864\n.* 0::\/\n/)
    expect(await tsbuild.ok('run', '--rm', '--network=none', 'owners', 'stat', '-c', '%u:%g', '/f')).toBe('7:8')
  })

  test('runs, observes, enters and ends a limited container: systemd creates a scope for it', async () => {
    await tsbuild.ok('run', '-d', '--name', 'busy', ...LIMITS, '--pids-limit', '40', 'busybox', 'sleep', '1000')
    expect(scopes()).toHaveLength(1)
    const line = await tsbuild.ok('stats', '--no-stream', '--format', '{{.MemUsage}} {{.PIDs}}', 'busy')
    expect(line).toMatch(/[KM]iB \/ 64MiB [12]$/)
    expect(await tsbuild.ok('exec', 'busy', 'sh', '-c', `${SHOW} /sys/fs/cgroup/pids.max`)).toBe('67108864\n0::/\n40')
    expect(scopes()).toHaveLength(1)
    await tsbuild.ok('stop', '-t', '1', 'busy')
    await tsbuild.ok('rm', 'busy')
    await expect.poll(scopes, { timeout: 60_000 }).toEqual([])
  })

  test('reports an out-of-memory kill of a container', async () => {
    const words = ['--name', 'greedy', '-m', '16m', '--memory-swap', '16m', '--network=none']
    expect((await tsbuild.run('run', ...words, 'busybox', 'tail', '/dev/zero')).exitCode).toBe(137)
    const state = '{{.State.OOMKilled}} {{.State.ExitCode}} {{.State.Status}}'
    expect(await tsbuild.ok('inspect', '-f', state, 'greedy')).toBe('true 137 exited')
    await tsbuild.ok('rm', 'greedy')
  })

  test('can request a scope beforehand, as documented', async () => {
    const scope = ['systemd-run', '--user', '--quiet', '--scope', '-p', 'Delegate=yes']
    const inScope = behind([...machine.session(user), ...scope], { TSBUILD_ROOT: tsbuild.root })
    expect(await inScope.ok('run', '--rm', ...LIMITS, 'busybox', 'sh', '-c', SHOW)).toBe('67108864\n0::/')
  })
})

test('root in a service or scope sets limits in a top-level group, and leaves nothing in it', async () => {
  const tsbuild = createTsbuildOf({ ...user, uid: 0, gid: 0, command: [...machine.scope, program] })
  try {
    await importBusybox(tsbuild)
    await tsbuild.ok('run', '-d', '--name', 'stays', ...LIMITS, 'busybox', 'sleep', '1000')
    const env = { TSBUILD_ROOT: tsbuild.root }
    const inService = createTsbuildOf({ ...user, uid: 0, gid: 0, command: [...machine.service, program] }, env)
    expect(await inService.ok('run', '--rm', ...LIMITS, 'busybox', 'sh', '-c', SHOW)).toBe('67108864\n0::/')
    machine.root('systemctl', 'daemon-reload') // systemd then resets the controllers of its groups
    expect(await tsbuild.ok('exec', 'stays', 'sh', '-c', SHOW)).toBe('67108864\n0::/')
    await tsbuild.ok('rm', '-f', 'stays')
    const group = '/sys/fs/cgroup/machine/tsbuild'
    expect(readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory())).toEqual([])
  } finally {
    await tsbuild.close()
  }
})

/** Scopes of this program below the user's service manager. */
function scopes(): readonly string[] {
  const manager = `/sys/fs/cgroup/machine/user.slice/user-${user.uid}.slice/user@${user.uid}.service`
  const slice = join(manager, 'app.slice')
  return existsSync(slice) ? readdirSync(slice).filter((name) => name.startsWith('tsbuild-')) : []
}
