import { spawnSync } from 'node:child_process'
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild, type Tsbuild } from '../../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

let tsbuild: Tsbuild
let room: string
let pid: string

beforeAll(async () => {
  tsbuild = createTsbuild()
  room = temporaryDirectory('userns')
  chmodSync(room, 0o755)
  mkdirSync(join(room, 'private'), { mode: 0o700 })
  for (const name of ['secret', 'private/secret']) writeFileSync(join(room, name), 'secret', { mode: 0o600 })
  await importBusybox(tsbuild)
  const flags = ['--name', 'inside', '--network=none', '--pid=host', '--privileged', '-v', `${room}:/host`]
  await tsbuild.ok('run', '-d', '--userns=auto', ...flags, 'busybox', 'sleep', '1000')
  pid = await tsbuild.ok('inspect', '-f', '{{.State.Pid}}', 'inside')
})

const inside = (script: string) => tsbuild.run('exec', 'inside', 'sh', '-c', script)

describe('root of a container with --userns=auto, even with --privileged', () => {
  test('is not root of the host', async () => {
    expect((await inside('id -u')).stdout.trim()).toBe('0')
    const [, ...ids] = /^Uid:\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    expect(ids).toHaveLength(4)
    for (const id of ids) expect(Number(id)).toBeGreaterThan(65_535)
  })

  test.each([
    'cat /host/secret',
    'echo x > /host/secret',
    'chmod 666 /host/secret',
    'chown 0 /host/secret',
    'rm -f /host/secret',
    'cat /host/private/secret',
    'touch /host/new',
  ])('cannot %s, a file of root in a bind mount', async (script) => {
    expect((await inside(script)).stderr).toMatch(/denied|not permitted|Value too large|Invalid argument/)
    expect(readFileSync(join(room, 'secret'), 'utf8')).toBe('secret')
    expect(statSync(join(room, 'secret')).mode & 0o777).toBe(0o600)
  })

  test('cannot use a directory of root through a leaked descriptor', () => {
    const leaked = openSync(join(room, 'private'), 'r')
    try {
      const enter = ['--target', pid, '--user', '--mount', '--setuid', '0', '--setgid', '0', 'sh', '-c']
      const attempt = (script: string) =>
        spawnSync('nsenter', [...enter, script], { stdio: ['ignore', 'pipe', 'pipe', leaked], encoding: 'utf8' })
      expect(attempt('id -u; ls -d /proc/self/fd/3').stdout).toBe('0\n/proc/self/fd/3\n')
      for (const script of ['cat /proc/self/fd/3/secret', 'touch /proc/self/fd/3/new', 'ls /proc/self/fd/3/../secret'])
        expect(attempt(script)).toMatchObject({ stdout: '', stderr: expect.stringMatching(/denied|not permitted/) })
    } finally {
      closeSync(leaked)
    }
  })

  test('can neither signal nor inspect processes of the host', async () => {
    const { stderr, stdout } = await inside(
      `kill -0 ${process.pid}; ls /proc/${process.pid}/root/; cat /proc/${process.pid}/environ`,
    )
    expect(stderr).toMatch(/not permitted[\s\S]*denied[\s\S]*denied/)
    expect(stdout).toBe('')
  })

  test('cannot create devices', async () => {
    expect((await inside('mknod /disk b 254 0')).stderr).toMatch(/not permitted/)
  })
})
