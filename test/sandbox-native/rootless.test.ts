import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdirSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { beforeAll, describe, expect, test } from 'vitest'
import type { IdMapping, RunRequest } from '../../sandbox-native/driver/index.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { addAccount, type UserAccount } from '../support/user-account.ts'
import { makeBusyboxRoot } from './busybox-root.ts'

let directory = ''
let user: UserAccount

beforeAll(async () => {
  user = addAccount()
  directory = temporaryDirectory('rootless')
  chmodSync(directory, 0o755)
  const root = makeBusyboxRoot()
  mkdirSync(join(root.lower, 'tmp'))
  chmodSync(join(root.lower, 'tmp'), 0o1777)
  cpSync(root.lower, join(directory, 'lower'), { recursive: true, verbatimSymlinks: true })
  root.remove()
  cpSync(
    process.env['TSBUILD_SANDBOX'] ?? join(import.meta.dirname, '../../dist/tsbuild-sandbox'),
    join(directory, 'binary'),
  )
  const door = join(import.meta.dirname, '../../sandbox-native/driver/index.ts')
  const stdin = `import { readFileSync } from 'node:fs'
    import { openNative } from ${JSON.stringify(door)}
    const [binary, request, idMapping] = JSON.parse(process.argv[2])
    const native = openNative({ binary, ...(idMapping && { idMapping }) })
    const text = { stdout: '', stderr: '' }
    const output = (stream, chunk) => { text[stream] += chunk }
    const run = ({ enter, ...rest }) => enter === undefined
      ? native.sandbox.run(rest, { output })
      : new Promise((resolve, reject) => {
          let pid = 0
          const first = new AbortController()
          const ended = native.sandbox.run(rest, { output: () => resolve(execIn(pid).finally(() => first.abort())),
            onStarted: (number) => { pid = number } }, first.signal)
          ended.catch((error) => { if (error.code !== 'SANDBOX_ABORTED') reject(error) })
        })
    const execIn = (pid) => {
      const startTicks = Number(readFileSync('/proc/' + pid + '/stat', 'utf8').split(') ')[1].split(' ')[19])
      const process = { ...request.process, argv: ['sh', '-c', request.enter] }
      return native.supervisors.exec({ pid, startTicks, cgroup: [], process }, { output })
    }
    const runShared = async ({ shared, ...rest }) => {
      if (!shared) return run(rest)
      const { network, resolvConf, close } = await native.sandbox.openNetwork()
      return run({ ...rest, network, resolvConf }).finally(close)
    }
    const done = runShared(request)
    const outcome = await done.catch((error) => ({ code: error.code, message: error.message }))
    console.log(JSON.stringify({ ...outcome, ...text, idMapping: native.idMapping.kind }))`
  writeFileSync(join(directory, 'driver.ts'), stdin)
  const outfile = join(directory, 'driver.mjs')
  await build({ entryPoints: [join(directory, 'driver.ts')], outfile, bundle: true, platform: 'node', format: 'esm' })
  must('chown', '-R', `${user.uid}:${user.gid}`, join(directory, 'lower'))
})

describe('a non-root user with subordinate IDs', () => {
  test('is root inside and can change owners', () => {
    const ran = runAs('id -u; touch /a; chown 1000:44 /a; stat -c "%u %g" /a; id -u app')
    expect(ran).toMatchObject({ idMapping: 'subordinate', exitCode: 0, stdout: '0\n1000 44\n1000\n' })
    expect(statSync(join(directory, 'upper/a')).uid).toBeGreaterThan(65_535)
  })

  test('runs commands as users of the image', () => {
    expect(runAs('id -u; id -G; echo x > /dev/stdout', { user: 'app' })).toMatchObject({ stdout: '1000\n1000 44\nx\n' })
  })

  test('has the same environment as with root', () => {
    const script =
      'hostname; ls /dev/pts /dev/mqueue; echo x > /dev/null; head -c 1 /dev/urandom | wc -c; ls /sys | wc -l'
    const ran = runAs(script)
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
    expect(ran.stdout).toMatch(/^box\n/)
  })

  test('deletes and replaces files of the layers', () => {
    expect(runAs('rm /etc/group; rm -r /bin/wc; mkdir /bin/wc; ls /etc /bin/wc', {})).toMatchObject({ exitCode: 0 })
  })

  test.each(['none', 'host'] as const)('joins its running commands, with the network %s', (kind) => {
    const ran = runAs(
      'echo up; sleep 1000',
      {},
      { network: { kind } },
      undefined,
      'id -u; hostname; ps | grep -c sleep',
    )
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
    expect(ran.stdout).toMatch(/^0\nbox\n/)
  })

  test('sees its own cgroups on the network of the host', () => {
    const ran = runAs('ls /sys/fs/cgroup | wc -l', {}, { network: { kind: 'host' }, cgroup: { name: 'rootless' } })
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
    expect(Number(ran.stdout)).toBeGreaterThan(0)
  })

  test('joins a shared network, as root with the same IDs', () => {
    const ran = runShared('id -u; touch /a; chown 1000:44 /a; stat -c "%u %g" /a; ls /sys/class/net')
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
    expect(ran.stdout).toMatch(/default via/)
    expect(ran.stdout).toMatch(/\n0\n1000 44\n([a-z0-9]+\n)+$/)
  })

  test('a limit without delegation is an error', () => {
    const ran = runAs('true', {}, { cgroup: { name: 'rootless', memoryBytes: 2 ** 26 } })
    expect(ran).toMatchObject({ code: 'SANDBOX_CGROUP' })
  })
})

describe('a non-root user with a single ID', () => {
  test('is root inside and can change owners', () => {
    const script = 'id -u; touch /a; chown 1000:44 /a; stat -c "%u %g" /a; rm /etc/group'
    const ran = runAs(script, {}, {}, { kind: 'single' })
    expect(ran).toMatchObject({ idMapping: 'single', exitCode: 0, stdout: '0\n1000 44\n', stderr: '' })
    expect(statSync(join(directory, 'upper/a')).uid).toBe(user.uid)
  })

  test("runs as the requested user, without root's privileges", () => {
    const script =
      'id -u; id -G; cd /tmp; touch mine; stat -c "%u %g" mine; chown 0 mine; touch /theirs; echo > /etc/passwd'
    const ran = runAs(script, { user: 'app' }, {}, { kind: 'single' })
    expect(ran).toMatchObject({ stdout: '1000\n1000 44\n1000 1000\n' })
    expect(ran.stderr).toMatch(
      /mine: Operation not permitted\n.*theirs: Permission denied\n.*passwd: Permission denied\n/,
    )
  })

  test('joins a shared network', () => {
    const ran = runShared('id -u', { kind: 'single' })
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
    expect(ran.stdout).toMatch(/default via.*\n(.*\n)*0\n$/)
  })

  test('joins its running commands', () => {
    const ran = runAs('echo up; sleep 1000', {}, {}, { kind: 'single' }, 'id -u')
    expect(ran).toMatchObject({ exitCode: 0, stdout: '0\n', stderr: '' })
  })

  test('owners set by one command are visible to another running command', () => {
    const entered =
      'while ! [ -e /ready ]; do sleep 0.1; done; stat -c "%u %g" /ready; chown 7 /ready; stat -c %u /ready'
    const first = 'touch /new; chown 5:6 /new; mv /new /ready; echo up; sleep 1000'
    const ran = runAs(first, {}, {}, { kind: 'single' }, entered)
    expect(ran).toMatchObject({ exitCode: 0, stdout: '5 6\n7\n', stderr: '' })
  })
})

/** With the device that network helpers need, which not every machine grants to users. */
function runShared(script: string, mapping?: IdMapping): Answer {
  const { mode } = statSync('/dev/net/tun')
  chmodSync('/dev/net/tun', 0o666)
  try {
    const ran = runAs(`readlink /proc/self/ns/net; ip route; ${script}`, {}, { shared: true }, mapping)
    expect(ran.stdout).not.toContain(readlinkSync('/proc/self/ns/net'))
    return ran
  } finally {
    chmodSync('/dev/net/tun', mode)
  }
}

interface Answer {
  readonly stdout: string
  readonly stderr: string
  readonly idMapping: string
}

function runAs(
  script: string,
  process: { readonly user?: string } = {},
  more: Partial<RunRequest> & { readonly shared?: boolean } = {},
  mapping?: IdMapping,
  enter?: string,
): Answer {
  const [upper, work] = ['upper', 'work'].map((name) => join(directory, name)) as [string, string]
  for (const path of [upper, work]) {
    rmSync(path, { recursive: true, force: true })
    mkdirSync(path)
    chownSync(path, user.uid, user.gid)
  }
  const request = {
    rootfs: { lowers: [join(directory, 'lower')], upper, work, volatile: true },
    mounts: [],
    hostname: 'box',
    network: { kind: 'none' },
    process: { argv: ['sh', '-c', script], env: ['PATH=/bin'], cwd: '/', user: '', ...process },
    ...more,
    enter,
  }
  const argument = JSON.stringify([join(directory, 'binary'), request, mapping])
  return JSON.parse(must('runuser', '-u', user.name, '--', 'node', join(directory, 'driver.mjs'), argument))
}

function must(command: string, ...argv: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, argv, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${argv.join(' ')}: ${error?.message ?? stderr}`)
  return stdout
}
