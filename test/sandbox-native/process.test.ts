import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ProcessSpec } from '../../sandbox-native/driver/index.ts'
import { type BusyboxRoot, makeBusyboxRoot } from './busybox-root.ts'

let root: BusyboxRoot

beforeAll(() => {
  root = makeBusyboxRoot()
  writeFileSync(join(root.lower, 'bin/notes'), 'not a program', { mode: 0o755 })
  writeFileSync(join(root.lower, 'bin/closed'), '#!/bin/sh\n', { mode: 0o644 })
  mkdirSync(join(root.lower, 'home/app'), { recursive: true })
})

afterAll(() => root.remove())

describe('the user of a command', () => {
  const cases: readonly (readonly [user: string, stdout: string])[] = [
    ['', '0 0 0 /root\n'],
    ['app', '1000 1000 1000 44 /home/app\n'],
    ['1000', '1000 1000 1000 44 /home/app\n'],
    ['app:extra', '1000 44 44 /home/app\n'],
    ['4242', '4242 0 0 /\n'],
    ['4242:7', '4242 7 7 /\n'],
  ]
  test.each(cases)('%j is looked up by the rules of Docker', async (user, stdout) => {
    expect((await root.run('echo $(id -u) $(id -g) $(id -G) $HOME', { process: { user } })).stdout).toBe(stdout)
  })

  test('a name that the root does not have is an error', async () => {
    await expect(root.run('true', { process: { user: 'nobody-here' } })).rejects.toMatchObject({ code: 'SANDBOX_USER' })
  })

  test('a user other than root can reopen its streams', async () => {
    expect((await root.run('echo x > /dev/stdout', { process: { user: 'app' } })).stdout).toBe('x\n')
  })

  test('a user other than root has no capabilities', async () => {
    const ran = await root.run('grep CapEff /proc/self/status', { process: { user: 'app' } })
    expect(ran.stdout).toBe('CapEff:\t0000000000000000\n')
  })
})

describe('a command that can not be started', () => {
  const cases: readonly (readonly [argv: readonly string[], exitCode: number, stderr: string])[] = [
    [['no-such'], 127, 'executable file not found in $PATH'],
    [['/no/such'], 127, 'no such file'],
    [['closed'], 126, 'Permission denied'],
    [['notes'], 126, 'exec format error'],
    [['/etc'], 126, 'Permission denied'],
  ]
  test.each(cases)('%j ends with the exit code that a shell gives', async (argv, exitCode, stderr) => {
    const ran = await root.run('', { process: { argv } })
    expect(ran.exitCode).toBe(exitCode)
    expect(ran.stderr).toContain(stderr)
  })
})

describe('the end of a command', () => {
  test('its exit code is handed on', async () => {
    expect(await root.run('exit 42')).toMatchObject({ exitCode: 42 })
  })

  test('a signal is named', async () => {
    expect(await root.run('kill -KILL $$')).toMatchObject({ exitCode: 137, signal: 'SIGKILL' })
  })

  test('is the end of what it left running', async () => {
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

describe('the surroundings of a command', () => {
  const cases: readonly (readonly [what: string, process: Partial<ProcessSpec>, script: string, stdout: string])[] = [
    ['a working directory is made where missing', { cwd: '/a/b' }, 'pwd; stat -c "%a %u" /a', '/a/b\n755 0\n'],
    ['the environment is as given', { env: ['PATH=/bin', 'HOME=/x', 'A=b c'] }, 'echo $HOME $A', '/x b c\n'],
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

  test('standard input is handed on', async () => {
    const stdin = Buffer.alloc(300_000, 'x')
    expect((await root.run('wc -c', { stdin })).stdout.trim()).toBe('300000')
    expect((await root.run('cat', {})).stdout).toBe('')
  })

  test('much output arrives whole', async () => {
    const ran = await root.run('yes 0123456789 | head -200000')
    expect(ran.stdout.length).toBe(2_200_000)
  })

  test('names of hosts are given and not kept', async () => {
    const ran = await root.run('cat /etc/hosts', { extraHosts: [['10.1.2.3', 'db']] })
    expect(ran.stdout).toContain('127.0.0.1\tlocalhost box\n')
    expect(ran.stdout).toContain('10.1.2.3\tdb\n')
  })

  test('resolvers are as given', async () => {
    expect((await root.run('cat /etc/resolv.conf', { resolvConf: 'nameserver 1.2.3.4\n' })).stdout).toBe(
      'nameserver 1.2.3.4\n',
    )
  })
})
