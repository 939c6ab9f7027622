import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { addUser } from '../support/temporary-user.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, createTsbuildOf, type Tsbuild } from './tsbuild.ts'

let tsbuild: Tsbuild
let room: string

beforeAll(async () => {
  tsbuild = createTsbuild()
  room = temporaryDirectory('userns')
  chmodSync(room, 0o755)
  await importBusybox(tsbuild)
})

const run = (...words: string[]) => tsbuild.ok('run', '--rm', '--network=none', '--userns=auto', ...words)
const idsOf = async (name: string) =>
  JSON.parse(await tsbuild.ok('inspect', '-f', '{{json .HostConfig.IDMappings}}', name)) as { UidMap: string[] }

describe('a container with --userns=auto', () => {
  test('has a root user, its files and its private settings', async () => {
    const script =
      'id -u; stat -c %u:%g / /bin/sh /etc/hosts /dev/null /dev/shm; touch /made; stat -c %u /made; echo out > /dev/stdout'
    expect((await run('busybox', 'sh', '-c', script)).split('\n')).toEqual(['0', ...Array(5).fill('0:0'), '0', 'out'])
    expect(await run('--user=12:13', '--tmpfs=/t:uid=14', 'busybox', 'sh', '-c', 'id -u; id -g; stat -c %u /t')).toBe(
      '12\n13\n14',
    )
    expect(
      await run(
        '--hostname=h',
        '--sysctl=net.ipv4.ip_default_ttl=33',
        'busybox',
        'sh',
        '-c',
        'hostname; cat /proc/sys/net/ipv4/ip_default_ttl',
      ),
    ).toBe('h\n33')
  })

  test('has IDs that no other container has, also after a restart', async () => {
    for (const name of ['first', 'second'])
      await tsbuild.ok('run', '-d', '--name', name, '--network=none', '--userns=auto', 'busybox', 'sleep', '1000')
    const [first, second] = [await idsOf('first'), await idsOf('second')]
    expect(first.UidMap).not.toEqual(second.UidMap)
    await tsbuild.ok('restart', '-t', '0', 'first')
    const pid = await tsbuild.ok('inspect', '-f', '{{.State.Pid}}', 'first')
    const [, start] = (first.UidMap[0] ?? '').split(':')
    expect(readFileSync(`/proc/${pid}/uid_map`, 'utf8').trim().split(/\s+/)).toEqual(['0', start, '65536'])
    await tsbuild.ok('rm', '-f', 'first', 'second')
  })

  test('works with exec, cp, commit, diff, top and stats', async () => {
    await tsbuild.ok(
      'run',
      '-d',
      '--name',
      'used',
      '--network=none',
      '--userns=auto',
      '-v',
      'data:/data',
      'busybox',
      'sleep',
      '1000',
    )
    await tsbuild.ok(
      'exec',
      'used',
      'sh',
      '-c',
      'echo in > /file; chown 12:13 /file; echo kept > /data/kept; chown 14 /data/kept',
    )
    await tsbuild.ok('cp', 'used:/file', join(room, 'out'))
    expect(readFileSync(join(room, 'out'), 'utf8')).toBe('in\n')
    expect(statSync(join(room, 'out')).uid).toBe(0)
    writeFileSync(join(room, 'given'), 'given')
    await tsbuild.ok('cp', join(room, 'given'), 'used:/bin/given')
    await tsbuild.ok('cp', '-a', 'used:/file', '-')
    expect(await tsbuild.ok('exec', 'used', 'stat', '-c', '%u:%g', '/bin/given')).toBe('0:0')
    expect(await tsbuild.ok('exec', '-u', '12', 'used', 'sh', '-c', 'cat /file; echo more > /dev/stdout')).toBe(
      'in\nmore',
    )
    expect(await tsbuild.ok('top', 'used')).toContain('sleep 1000')
    expect(await tsbuild.ok('stats', '--no-stream', 'used')).toContain('used')
    expect(await tsbuild.ok('diff', 'used')).toContain('A /file')
    await tsbuild.ok('commit', 'used', 'committed')
    await tsbuild.ok('rm', '-f', 'used')
    const plain = ['run', '--rm', '--network=none', '-v', 'data:/data', 'committed']
    expect(await tsbuild.ok(...plain, 'stat', '-c', '%u:%g', '/file', '/bin/given', '/data/kept')).toBe(
      '12:13\n0:0\n14:0',
    )
  })

  test('keeps the file owners of mounts in build steps', async () => {
    const file = `FROM busybox AS other
RUN mkdir /o && echo o > /o/file && chown 21 /o/file
FROM busybox
RUN --mount=type=cache,target=/cache,uid=5 --mount=type=secret,id=s,uid=6,target=/s --mount=type=bind,from=other,target=/b \\
  --mount=type=tmpfs,target=/t stat -c %u /cache /s /b/o/file /t > /owners && cat /s > /cache/copy
`
    writeFileSync(join(room, 'Dockerfile'), file)
    writeFileSync(join(room, 'secret'), 's', { mode: 0o600 })
    const build = (...words: string[]) =>
      tsbuild.ok(
        'build',
        '-q',
        '--no-cache',
        '--network=none',
        ...words,
        '--secret',
        `id=s,src=${join(room, 'secret')}`,
        '-t',
        'steps',
        room,
      )
    await build('--userns=auto')
    const owners = () => tsbuild.ok('run', '--rm', '--network=none', 'steps', 'cat', '/owners')
    expect(await owners()).toBe('5\n6\n21\n0')
    await build()
    expect(await owners()).toBe('5\n6\n21\n0')
  })
})

describe('--userns is refused', () => {
  test.each(['nomap', 'private'])('as %s for root', async (mode) => {
    const refused = await tsbuild.run('run', '--rm', '--network=none', `--userns=${mode}`, 'busybox', 'true')
    expect(refused).toMatchObject({ exitCode: 125, stderr: expect.stringContaining(`--userns ${mode}`) })
  })

  test('for non-root users, which always have a user namespace', async () => {
    const user = addUser()
    const own = createTsbuildOf(user)
    try {
      await importBusybox(own)
      for (const mode of ['auto', 'nomap']) {
        const refused = await own.run('run', '--rm', '--network=none', `--userns=${mode}`, 'busybox', 'true')
        expect(refused).toMatchObject({
          exitCode: 125,
          stderr: expect.stringMatching(/Cannot use "--userns .*docs\/rootless.md/s),
        })
      }
    } finally {
      await own.close()
      await user.remove()
    }
  })
})
