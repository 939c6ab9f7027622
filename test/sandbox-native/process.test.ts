import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ProcessSpec } from '../../sandbox-native/driver/index.ts'
import { type BusyboxRoot, makeBusyboxRoot } from './busybox-root.ts'

let root: BusyboxRoot

beforeAll(() => {
  root = makeBusyboxRoot()
  writeFileSync(join(root.lower, 'bin/notes'), 'not a program', { mode: 0o755 })
  writeFileSync(join(root.lower, 'bin/closed'), '#!/bin/sh\n', { mode: 0o644 })
  mkdirSync(join(root.lower, 'home/app'), { recursive: true })
})

describe('the user of a command', () => {
  const cases: readonly (readonly [user: string, stdout: string])[] = [
    ['', '0 0 0 /root\n'],
    ['app', '1000 1000 1000 44 /home/app\n'],
    ['1000', '1000 1000 1000 44 /home/app\n'],
    ['app:extra', '1000 44 44 /home/app\n'],
    ['4242', '4242 0 0 /\n'],
    ['4242:7', '4242 7 7 /\n'],
  ]
  test.each(cases)("%j is resolved by docker's rules", async (user, stdout) => {
    expect((await root.run('echo $(id -u) $(id -g) $(id -G) $HOME', { process: { user } })).stdout).toBe(stdout)
  })

  test('a user name that is not in the image is an error', async () => {
    await expect(root.run('true', { process: { user: 'nobody-here' } })).rejects.toMatchObject({ code: 'SANDBOX_USER' })
  })

  test('a non-root user can reopen its streams', async () => {
    expect((await root.run('echo x > /dev/stdout', { process: { user: 'app' } })).stdout).toBe('x\n')
  })

  test('a non-root user has no capabilities', async () => {
    const ran = await root.run('grep CapEff /proc/self/status', { process: { user: 'app' } })
    expect(ran.stdout).toBe('CapEff:\t0000000000000000\n')
  })
})

describe('a command that cannot be started', () => {
  const cases: readonly (readonly [argv: readonly string[], exitCode: number, stderr: string])[] = [
    [['no-such'], 127, 'executable file not found in $PATH'],
    [[''], 127, 'executable file not found in $PATH'],
    [['/no/such'], 127, 'no such file'],
    [['closed'], 127, 'executable file not found in $PATH'],
    [['/bin/closed'], 126, 'permission denied'],
    [['notes'], 126, 'exec format error'],
    [['/etc'], 126, 'permission denied'],
  ]
  test.each(cases)('%j exits with the code of a shell', async (argv, exitCode, stderr) => {
    const ran = await root.run('', { process: { argv } })
    expect(ran.exitCode).toBe(exitCode)
    expect(ran.stderr).toContain(stderr)
  })
})

describe('the end of a command', () => {
  test('the exit code is returned', async () => {
    expect(await root.run('exit 42')).toMatchObject({ exitCode: 42 })
  })

  test('a signal is reported', async () => {
    expect(await root.run('kill -KILL $$')).toMatchObject({ exitCode: 137, signal: 'SIGKILL' })
  })

  test('background processes end with the command', async () => {
    const ran = await root.run('sleep 1000 & sleep 1000 & echo done')
    expect(ran.stdout).toBe('done\n')
  })

  test('resource usage is reported', async () => {
    const { usage } = await root.run('i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done')
    expect(usage.wallUs).toBeGreaterThan(0)
    expect(usage.cpuUserUs + usage.cpuSystemUs).toBeGreaterThan(0)
    expect(usage.peakMemoryBytes).toBeGreaterThan(0)
  })
})

describe('the environment of a command', () => {
  const cases: readonly (readonly [what: string, process: Partial<ProcessSpec>, script: string, stdout: string])[] = [
    ['a missing working directory is created', { cwd: '/a/b' }, 'pwd; stat -c "%a %u" /a', '/a/b\n755 0\n'],
    ['the environment is that of the request', { env: ['PATH=/bin', 'HOME=/x', 'A=b c'] }, 'echo $HOME $A', '/x b c\n'],
    ['limits are set', { rlimits: [{ name: 'nofile', soft: 64, hard: 99 }] }, 'ulimit -n; ulimit -Hn', '64\n99\n'],
    ['capabilities are added', { addCapabilities: ['NET_ADMIN'] }, 'ip link set lo down && echo ok', 'ok\n'],
    [
      'capabilities are dropped',
      { dropCapabilities: ['ALL'] },
      'grep CapBnd /proc/self/status',
      'CapBnd:\t0000000000000000\n',
    ],
    ['new privileges can be forbidden', { noNewPrivileges: true }, 'grep NoNew /proc/self/status', 'NoNewPrivs:\t1\n'],
    ['new privileges are allowed', {}, 'grep NoNew /proc/self/status', 'NoNewPrivs:\t0\n'],
  ]
  test.each(cases)('%s', async (_, process, script, stdout) => {
    const ran = await root.run(script, { process })
    expect(ran.stdout).toBe(stdout)
  })

  test('standard input is passed on', async () => {
    const stdin = Buffer.alloc(300_000, 'x')
    expect((await root.run('wc -c', { stdin })).stdout.trim()).toBe('300000')
    expect((await root.run('cat', {})).stdout).toBe('')
  })

  test('large output is complete', async () => {
    const ran = await root.run('yes 0123456789 | head -200000')
    expect(ran.stdout.length).toBe(2_200_000)
  })

  test('host names are set during the command only', async () => {
    const ran = await root.run('cat /etc/hosts', { extraHosts: [['10.1.2.3', 'db']] })
    expect(ran.stdout).toContain('127.0.0.1\tlocalhost box\n')
    expect(ran.stdout).toContain('10.1.2.3\tdb\n')
  })

  test('resolvers are set as requested', async () => {
    expect((await root.run('cat /etc/resolv.conf', { resolvConf: 'nameserver 1.2.3.4\n' })).stdout).toBe(
      'nameserver 1.2.3.4\n',
    )
  })
})
