import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild } from './tsbuild.ts'

const tsbuild = createTsbuild()
const room = temporaryDirectory('mistakes')
const server: Server = createServer()
let port = 0

beforeAll(async () => {
  symlinkSync('loop', join(room, 'loop'))
  await importBusybox(tsbuild)
  await tsbuild.ok('run', '-d', '--name', 'taken', '--network', 'none', 'busybox', 'sleep', '1000')
  await tsbuild.ok('run', '--name', 'ended', '--network', 'none', 'busybox', 'true')
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
})

afterAll(async () => {
  await tsbuild.close()
  server.close()
})

test('a container that fills the disk ends with its own exit code, and --rm frees the space', async () => {
  const small = mkdtempSync(join(tmpdir(), 'tsbuild-small-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'tsbuild-small', small])
  const filled = tsbuild.with({ env: { TSBUILD_ROOT: join(small, 'store') } })
  try {
    await importBusybox(filled)
    const fill = 'dd if=/dev/zero of=/big bs=1M count=100 2>/dev/null; exit 7'
    expect((await filled.run(...run('busybox', 'sh', '-c', fill))).exitCode).toBe(7)
    await expect.poll(() => statfsSync(small).bavail * statfsSync(small).bsize).toBeGreaterThan(20 << 20)
    expect(await filled.ok('ps', '-aq')).toBe('')
  } finally {
    execFileSync('umount', ['-l', small])
    rmSync(small, { recursive: true })
  }
})

const run = (...words: readonly string[]) => ['run', '--rm', '--network', 'none', ...words]

/** Command line, exit code, and the parts of the message: what failed, for which object, and why. */
const mistakes: readonly (readonly [
  mistake: string,
  words: () => readonly string[],
  exitCode: number,
  message: RegExp,
])[] = [
  ['no image', () => ['run'], 1, /0 arguments were given/],
  ['an invalid platform', () => run('--platform', 'a/b/c/d', 'busybox', 'true'), 125, /Cannot use "--platform a\/b/],
  ['an unknown image', () => run('--pull', 'never', 'no/such:1', 'true'), 125, /Cannot find image "no\/such:1"/],
  [
    'a name that is taken',
    () => run('--name', 'taken', 'busybox', 'true'),
    125,
    /name the container "taken".*already in use by container "[0-9a-f]{12}"/,
  ],
  [
    'an image for another platform than requested',
    () => run('--pull', 'never', '--platform', 'linux/s390x', 'busybox', 'true'),
    125,
    /Cannot find image "busybox" for linux\/s390x/,
  ],
  [
    'a missing file of variables',
    () => run('--env-file', join(room, 'none'), 'busybox', 'true'),
    125,
    /Cannot read ".*\/none"/,
  ],
  ['a name that is none', () => run('--name', 'a b', 'busybox', 'true'), 125, /Cannot use name "a b"/],
  [
    'a port that is taken',
    () => ['run', '--rm', '-p', `127.0.0.1:${port}:80`, 'busybox', 'true'],
    125,
    /Cannot publish port "127\.0\.0\.1:\d+": port is already allocated/,
  ],
  [
    '--mount of a missing source',
    () => run('--mount', `type=bind,source=${room}/none,target=/x`, 'busybox', 'true'),
    125,
    /Cannot mount ".*\/none": bind source path does not exist/,
  ],
  [
    'a source that cannot be created',
    () => run('-v', '/proc/none/there:/x', 'busybox', 'true'),
    125,
    /Cannot mount "\/proc\/none\/there": it does not exist and cannot be created/,
  ],
  [
    'a device that cannot be reached',
    () => run('--device', join(room, 'loop'), 'busybox', 'true'),
    125,
    /Cannot add device ".*\/loop": ELOOP/,
  ],
  ['a place that is not a path', () => run('-v', '/x:y', 'busybox', 'true'), 125, /Cannot mount "y": .*relative path/],
  [
    'options after the image',
    () => run('busybox', '-it', 'sh'),
    127,
    /"-it".*\n {2}hint: Specify options before the image/,
  ],
  ['a command line as one word', () => run('busybox', 'ls -l'), 127, /"ls -l".*\n {2}hint: .*separate words/],
  ['two mounts at one place', () => run('-v', 'a1:/x', '-v', 'b1:/x', 'busybox', 'true'), 125, /duplicate mount point/],
  ['a processor that does not exist', () => run('--cpuset-cpus', '4095', 'busybox', 'true'), 125, /4095|cpuset/],
  ['a size that is none', () => run('--memory', 'much', 'busybox', 'true'), 125, /"--memory much"/],
  ['a flag that is none', () => run('--no-such', 'busybox', 'true'), 125, /"--no-such": unknown flag/],
  [
    'a seccomp profile that is none',
    () => run('--security-opt', 'seccomp=/etc/passwd', 'busybox', 'true'),
    125,
    /profile "\/etc\/passwd": not a JSON document$/m,
  ],
  [
    'a seccomp profile that does not exist',
    () => run('--security-opt', `seccomp=${join(room, 'none')}`, 'busybox', 'true'),
    125,
    /profile ".*\/none": no such file or directory/,
  ],
  [
    'a flag that docker has and tsbuild has not',
    () => run('--gpus', 'all', 'busybox', 'true'),
    125,
    /--gpus".*--device/,
  ],
  [
    'a capability that is none',
    () => run('--cap-add', 'FLY', 'busybox', 'true'),
    125,
    /Cannot add capability "FLY": unknown capability/,
  ],
  ['a user that does not exist', () => run('-u', 'nobody-here', 'busybox', 'true'), 125, /user "nobody-here"/],
  [
    'a network that is none',
    () => ['run', '--rm', '--network', 'nowhere', 'busybox', 'true'],
    125,
    /network "nowhere"/,
  ],
  [
    'a command that does not exist',
    () => run('busybox', 'no-such'),
    127,
    /"no-such": executable file not found in \$PATH/,
  ],
  ['a command that is not a program', () => run('busybox', '/etc/passwd'), 126, /"\/etc\/passwd": permission denied/],
  ['a directory as command', () => run('busybox', '/etc'), 126, /"\/etc": /],
  ['exec into a container that has ended', () => ['exec', 'ended', 'true'], 1, /"ended": container is not running/],
  [
    'options after the container',
    () => ['exec', 'taken', '-it', 'sh'],
    127,
    /"-it".*\n {2}hint: Specify options before the container: /,
  ],
  [
    'options after the container of a command in the background',
    () => ['exec', '-d', 'taken', '-it', 'sh'],
    1,
    /"-it".*\n {2}hint: Specify options before the container: /,
  ],
  [
    'exec of a command line as one word',
    () => ['exec', 'taken', 'ls -l'],
    127,
    /"ls -l".*\n {2}hint: .*separate words/,
  ],
  ['exec into none', () => ['exec', 'nobody', 'true'], 1, /container "nobody": no such container/],
  [
    'exec as a user that does not exist',
    () => ['exec', '-u', 'nobody-here', 'taken', 'true'],
    126,
    /user "nobody-here"/,
  ],
  [
    'exec in a directory that does not exist',
    () => ['exec', '-w', '/none', 'taken', 'true'],
    126,
    /directory "\/none"/,
  ],
  ['commit of a container that is gone', () => ['commit', 'nobody', 'x'], 1, /container "nobody": no such container/],
  ['rm of one that runs', () => ['rm', 'taken'], 1, /"taken": container is running/],
  ['stop of one that is gone', () => ['stop', 'nobody'], 1, /container "nobody": no such container/],
  ...(
    [
      [['--cpus', '4000'], /range of CPUs is from 0\.01 to \d+\.00/],
      [['--cpuset-mems', '1-4000'], /memory nodes 1-4000: requested memory nodes are not available \(0/],
      [['--restart', 'often'], /restart policy "often": unknown policy/],
      [['--restart', 'on-failure:x'], /number of retries is not an integer/],
      [['--restart', 'always:3'], /"always" does not take a number of retries/],
      [['-p', 'localhost:80:80'], /"localhost" is not an IP address/],
      [['-p', '::1:80:80'], /an IPv6 address in brackets/],
      [['-p', '80:'], /the container port is missing/],
      [['-p', '80-82:80-81'], /ranges have 3 and 2 ports/],
      [['-v', '/h:/x:ro,rw'], /"rw" conflicts with another option/],
      [['-v', '/h:/x:nocopy'], /"nocopy" applies to volumes only/],
      [['--mount', 'type=bind,src=rel,dst=/x'], /source "rel" is a relative path/],
      [['--mount', 'type=bind,src=/h,dst=/x,tmpfs-size=1'], /"tmpfs-size" does not apply to type "bind"/],
      [['--mount', 'type=bind,src=/h,dst=/x,ro=perhaps'], /invalid value "perhaps" of ro \(expected true or false\)/],
      [['--network', 'host'], /Cannot use "--network": found 2 networks \(expected one\)/],
      [['--tmpfs', '/x:size=much'], /"size=much": its value cannot be parsed/],
      [['--add-host', 'one:1.2.3'], /"1\.2\.3" is not an IP address/],
      [['--env-file', '/no/such/file'], /Cannot read "\/no\/such\/file": no such file or directory/],
      [['--label-file', '/etc'], /Cannot read "\/etc": is a directory/],
      [['--cidfile', '/no/such/cid'], /container ID to "\/no\/such\/cid": no such file or directory\n/],
      [['--cidfile', '/etc/passwd'], /container ID to "\/etc\/passwd": the file already exists/],
    ] as const
  ).map(
    ([flags, message]) =>
      [
        `a wrong ${flags.join(' ')}`,
        () => ['run', '--network', 'none', ...flags, 'busybox', 'true'],
        125,
        message,
      ] as const,
  ),
  ['start with an unknown signal', () => run('--stop-signal', 'SIGNO', 'busybox', 'true'), 125, /"SIGNO"/],
]

describe('a mistake has an exit code and a message, and has no effect', () => {
  test.each(mistakes)('%s', async (_, words, exitCode, message) => {
    const ended = await tsbuild.run(...words())
    expect([ended.exitCode, ended.stdout]).toEqual([exitCode, ''])
    expect(ended.stderr).toMatch(message)
    expect(ended.stderr).not.toMatch(/\n\s+at .*:\d+/) // no stack trace
    expect(await tsbuild.ok('ps', '-a', '--format', '{{.Names}} {{.State}}')).toBe('ended exited\ntaken running')
  })
})

test('variables and labels are read from files verbatim', async () => {
  const [variables, labels] = [join(room, 'variables'), join(room, 'labels')]
  writeFileSync(variables, '\ufeff# why\n\n  ONE=1\nTWO=a = b \nTSBUILD_NOT_SET\n')
  writeFileSync(labels, 'tier=front\nbare\n')
  const files = ['--env-file', variables, '--label-file', labels, '-l', 'tier=back']
  expect(await tsbuild.ok(...run(...files, 'busybox', 'sh', '-c', 'echo "[$ONE] [$TWO] [$TSBUILD_NOT_SET]"'))).toBe(
    '[1] [a = b ] []',
  )
  const id = await tsbuild.ok('create', ...files, 'busybox', 'true')
  expect(await tsbuild.ok('inspect', '--format', '{{json .Config.Labels}}', id)).toBe('{"bare":"","tier":"back"}')
  await tsbuild.ok('rm', id)
  writeFileSync(variables, Uint8Array.of(0x41, 0x3d, 0xff))
  expect((await tsbuild.run(...run(...files, 'busybox', 'true'))).stderr).toMatch(/not UTF-8/)
})

test('--cidfile contains the ID of the created container, and is not written if none was created', async () => {
  const file = join(room, 'cid')
  await tsbuild.run('create', '--cidfile', file, '--name', 'taken', 'busybox', 'true')
  expect(existsSync(file)).toBe(false)
  const id = await tsbuild.ok('create', '--cidfile', file, 'busybox', 'true')
  expect(readFileSync(file, 'utf8')).toBe(id)
  await tsbuild.ok('rm', id)
})

test('-v creates a missing source directory', async () => {
  await tsbuild.ok(...run('-v', `${room}/made:/x`, 'busybox', 'true'))
  expect(existsSync(join(room, 'made'))).toBe(true)
})
