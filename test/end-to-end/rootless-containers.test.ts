import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { addUser, type TemporaryUser } from '../support/temporary-user.ts'
import { importBusybox } from './bases.ts'
import { createTsbuildOf, type Tsbuild } from './tsbuild.ts'

let user: TemporaryUser
let tsbuild: Tsbuild

beforeAll(async () => {
  user = addUser()
  tsbuild = createTsbuildOf(user)
  await importBusybox(tsbuild)
})

const run = (...words: string[]) => tsbuild.ok('run', '--rm', '--network=none', ...words)

describe('a non-root user with subordinate IDs', () => {
  test('runs commands as root and as another user of the image, and returns their exit codes', async () => {
    expect(await run('busybox', 'id', '-u')).toBe('0')
    expect(await run('-u', 'web', 'busybox', 'id', '-u')).toBe('1000')
    const { exitCode } = await tsbuild.run('run', '--rm', '--network=none', 'busybox', 'sh', '-c', 'exit 7')
    expect(exitCode).toBe(7)
  })

  test('replaces /dev by a tmpfs or a volume', async () => {
    expect(await run('--tmpfs=/dev', 'busybox', 'ls', '/dev')).toBe('')
    expect(await run('-v', '/dev', 'busybox', 'ls', '/dev')).toBe('')
  })

  test('builds images with file owners', async () => {
    const input = 'FROM busybox\nRUN echo web > /owned && chown 1000:44 /owned\n'
    await tsbuild.with({ input }).ok('build', '--network=none', '-t', 'owned', '-')
    expect(await run('owned', 'stat', '-c', '%u:%g', '/owned')).toBe('1000:44')
  })

  test('uses logs, exec, top and stop, and starts a container again with its files', async () => {
    const command = 'trap "echo bye; exit 3" TERM; cat /kept 2>/dev/null; echo ready; while :; do sleep 0.05; done'
    await tsbuild.ok('run', '-d', '--name', 'served', '--network=none', 'busybox', 'sh', '-c', command)
    await expect.poll(() => tsbuild.ok('logs', 'served')).toBe('ready')
    expect(await tsbuild.ok('exec', '-u', 'web', 'served', 'id', '-u')).toBe('1000')
    await tsbuild.ok('exec', 'served', 'sh', '-c', 'echo kept > /kept; chown 1000 /kept')
    expect(await tsbuild.ok('top', 'served')).toContain('sh -c trap')
    const format = '{{.MemUsage}}, {{.MemPerc}}, {{.CPUPerc}}, {{.BlockIO}}, {{.PIDs}}, {{.NetIO}}'
    // No control group was delegated, so no usage is recorded.
    expect(await tsbuild.ok('stats', '--no-stream', '--format', format, 'served')).toBe(
      '-- / --, --, --, --, --, 0B / 0B',
    )
    await tsbuild.ok('stop', 'served')
    expect(await tsbuild.ok('inspect', '-f', '{{.State.ExitCode}}', 'served')).toBe('3')
    await tsbuild.ok('start', 'served')
    await expect.poll(() => tsbuild.ok('logs', 'served')).toBe('ready\nbye\nkept\nready')
  })

  test('commits changes of a container with their owners', async () => {
    await tsbuild.ok('commit', '-m', 'kept', 'served', 'kept:1')
    expect(await run('kept:1', 'stat', '-c', '%u', '/kept')).toBe('1000')
    await tsbuild.ok('rm', '-f', 'served')
  })

  test('keeps volumes with owners, and removes them', async () => {
    await run('-v', 'owned:/data', 'busybox', 'sh', '-c', 'echo x > /data/file; chown -R 1000:44 /data')
    const shown = await run(
      '-u',
      '1000',
      '-v',
      'owned:/data',
      'busybox',
      'sh',
      '-c',
      'stat -c %u:%g /data/file; rm /data/file',
    )
    expect(shown).toBe('1000:44')
    await tsbuild.ok('volume', 'rm', 'owned')
    expect(await tsbuild.ok('volume', 'ls', '-q')).toBe('')
  })

  test('sees later mounts of the host with rslave, and is refused rshared', async () => {
    const room = mkdtempSync(join(tmpdir(), 'tsbuild-tied-user-'))
    chmodSync(room, 0o755)
    execFileSync('mount', ['--bind', room, room])
    try {
      execFileSync('mount', ['--make-shared', room])
      mkdirSync(join(room, 'later'))
      await tsbuild.ok(
        'run',
        '-d',
        '--name',
        'tied',
        '--network=none',
        '-v',
        `${room}:/x:rslave`,
        'busybox',
        'sleep',
        '1000',
      )
      execFileSync('mount', ['-t', 'tmpfs', 'tsbuild-later', join(room, 'later')])
      writeFileSync(join(room, 'later/file'), 'host')
      expect(await tsbuild.ok('exec', 'tied', 'cat', '/x/later/file')).toBe('host')
      await tsbuild.ok('rm', '-f', 'tied')
      const shared = await tsbuild.run('run', '--rm', '--network=none', '-v', `${room}:/x:rshared`, 'busybox', 'true')
      expect(shared).toMatchObject({ exitCode: 125, stderr: expect.stringMatching(/"rshared" requires root/) })
    } finally {
      execFileSync('umount', ['-R', room])
      rmSync(room, { recursive: true })
    }
  })

  test("grants devices, settings and groups within the user's rights", async () => {
    const look = 'head -c 3 /dev/nought | wc -c; chmod 600 /dev/nought; cat /proc/sys/net/ipv4/ip_default_ttl; id -G'
    const flags = ['--device=/dev/zero:/dev/nought', '--sysctl=net.ipv4.ip_default_ttl=33', '--group-add=44']
    const before = statSync('/dev/zero').mode
    expect(await run(...flags, 'busybox', 'sh', '-c', `${look}; true`)).toBe('3\n33\n0 44')
    expect(statSync('/dev/zero').mode).toBe(before)
    const disk = 'head -c 1 /dev/kmsg 2>&1 | grep -c denied; ls /dev/zero /dev/kmsg; touch /sys/x 2>&1 | grep -c denied'
    expect(await run('--privileged', 'busybox', 'sh', '-c', disk)).toContain('/dev/kmsg')
    expect(await run('--ipc=host', '--uts=host', 'busybox', 'hostname')).toBe(hostname())
    for (const rule of ['--device=/dev/zero:r', '--device-cgroup-rule=c 1:11 r']) {
      const ruled = await tsbuild.run('run', '--rm', '--network=none', rule, 'busybox', 'true')
      expect(ruled).toMatchObject({
        exitCode: 125,
        stderr: expect.stringMatching(/non-root users cannot create device cgroups/),
      })
    }
    const refused = await tsbuild.run('run', '--rm', '--network=none', '--userns=host', 'busybox', 'true')
    expect(refused).toMatchObject({
      exitCode: 125,
      stderr: expect.stringMatching(/user namespace "host": only root can/),
    })
    const score = await tsbuild.run('run', '--rm', '--network=none', '--oom-score-adj=-500', 'busybox', 'true')
    expect(score).toMatchObject({ exitCode: 125, stderr: expect.stringMatching(/OOM score to -500/) })
  })

  test('has a private network with a published port', async () => {
    const serve = 'mkdir -p /www; echo served > /www/index.html; httpd -f -p 80 -h /www'
    await tsbuild.ok('run', '-d', '--name', 'web', '-p', '127.0.0.1::80', 'busybox', 'sh', '-c', serve)
    const pid = await tsbuild.ok('inspect', '-f', '{{.State.Pid}}', 'web')
    expect(readlinkSync(`/proc/${pid}/ns/net`)).not.toBe(readlinkSync('/proc/self/ns/net'))
    expect(await tsbuild.ok('exec', 'web', 'ifconfig', '-a')).toMatch(/inet addr:(?!127)/)
    const sharing = ['run', '--rm', '--network=container:web', 'busybox']
    const fetched = async () => (await tsbuild.run(...sharing, 'wget', '-qO-', 'http://127.0.0.1/')).stdout
    await expect.poll(fetched).toBe('served\n')
    const [, port] = /:(\d+)$/.exec(await tsbuild.ok('port', 'web', '80')) ?? []
    await expect.poll(() => page(`http://127.0.0.1:${port}/`)).toBe('served\n')
    await tsbuild.ok('rm', '-f', 'web')
    expect(await page(`http://127.0.0.1:${port}/`)).toBe('ECONNREFUSED')
  })
})

/** Response of an HTTP server, or the error. */
function page(url: string): Promise<string> {
  return new Promise((resolve) => {
    const request = get(url, async (response) => {
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) text += chunk
      resolve(text)
    })
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })
}
