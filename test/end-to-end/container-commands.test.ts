import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, finished } from './tsbuild.ts'

const tsbuild = createTsbuild()
const program = resolve(import.meta.dirname, '../../bin/tsbuild')
const room = temporaryDirectory('commands')

beforeAll(async () => {
  await importBusybox(tsbuild)
  await tsbuild.ok(
    'run',
    '-d',
    '--name',
    'web',
    '-p',
    '127.0.0.1::80/udp',
    '-v',
    'used:/data',
    'busybox',
    'sleep',
    '999',
  )
})

describe('exec', () => {
  test('accepts variables, an env file, a user and a directory, and forwards standard input', async () => {
    writeFileSync(join(room, 'env'), '# of the file\nONE=1\nTWO=file\n')
    const words = ['exec', '-i', '-e', 'TWO=2', '--env-file', join(room, 'env'), '-u', 'web', '-w', '/tmp', 'web']
    const look = ['sh', '-c', 'echo $ONE $TWO; id -un; pwd; cat']
    expect(await tsbuild.with({ input: 'typed\n' }).ok(...words, ...look)).toBe('1 2\nweb\n/tmp\ntyped')
  })

  test('does not apply variables of the env file to tsbuild itself', async () => {
    writeFileSync(join(room, 'options'), 'NODE_OPTIONS=--no-such-option\n')
    const words = ['exec', '--env-file', join(room, 'options'), 'web', 'sh', '-c', 'echo $NODE_OPTIONS']
    expect(await tsbuild.ok(...words)).toBe('--no-such-option')
  })

  const codes: readonly [string, readonly string[], number][] = [
    ['the code of the command', ['web', 'sh', '-c', 'exit 42'], 42],
    ['126 for a directory', ['web', '/etc'], 126],
    ['127 for a missing program', ['web', 'no-such-program'], 127],
    ['1 for a missing container', ['nobody', 'true'], 1],
    ['1 for -t without a terminal', ['-it', 'web', 'true'], 1],
  ]
  for (const [what, words, code] of codes) {
    test(`exits with ${what}`, async () => {
      expect((await tsbuild.run('exec', ...words)).exitCode).toBe(code)
    })
  }

  test('leaves the command running with -d', async () => {
    await tsbuild.ok('exec', '-d', 'web', 'sleep', '888')
    await expect.poll(() => tsbuild.ok('exec', 'web', 'ps')).toContain('sleep 888')
  })
})

test.each([
  ['logs', '-f', 'talker'],
  ['events', '--since', '1h'],
])('%s follows until Ctrl-C, and exits with 130', async (...words) => {
  await tsbuild.ok('run', '-d', '--name', 'talker', '--network', 'none', 'busybox', 'sh', '-c', 'echo up; sleep 999')
  const child = tsbuild.start(words, { stdio: 'pipe' })
  const ended = finished(child, undefined)
  let isTalking = false
  child.stdout?.once('data', () => {
    isTalking = true
  })
  await expect.poll(() => isTalking).toBe(true)
  child.kill('SIGINT')
  expect((await ended).exitCode).toBe(130)
  await tsbuild.ok('rm', '-f', 'talker')
})

test('the third Ctrl-C detaches from a foreground container that ignores the signal', async () => {
  const child = tsbuild.start(['run', '--name', 'deaf', 'busybox', 'sh', '-c', 'trap "" INT; echo up; sleep 60'], {
    stdio: 'pipe',
  })
  const ended = finished(child, undefined)
  await expect.poll(async () => (await tsbuild.run('logs', 'deaf')).stdout).toContain('up')
  const interrupt = setInterval(() => child.kill('SIGINT'), 100) // equal pending signals are merged
  const end = await ended
  clearInterval(interrupt)
  expect(end).toMatchObject({ exitCode: 130, stderr: 'got 3 SIGTERM/SIGINTs, forcefully exiting\n' })
  expect(await tsbuild.ok('inspect', '-f', '{{.State.Running}}', 'deaf')).toBe('true')
  await tsbuild.ok('rm', '-f', 'deaf')
})

describe('volume', () => {
  test('create, ls, inspect and rm have docker’s output', async () => {
    expect(await tsbuild.ok('volume', 'create', '--label', 'of=test', 'named')).toBe('named')
    expect(await tsbuild.ok('volume', 'ls')).toBe('DRIVER    VOLUME NAME\nlocal     named\nlocal     used')
    expect(await tsbuild.ok('volume', 'ls', '--filter', 'dangling=true', '-q')).toBe('named')
    expect(await tsbuild.ok('volume', 'ls', '--filter', 'dangling=false', '-q')).toBe('used')
    expect(
      await tsbuild.ok(
        'volume',
        'ls',
        '--filter',
        'label=of=test',
        '--format',
        '{{.Name}} {{.Labels}} {{.Links}} {{.Size}}',
      ),
    ).toBe('named of=test N/A N/A')
    const [document] = JSON.parse(await tsbuild.ok('volume', 'inspect', 'named'))
    expect(document.CreatedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect(Object.keys(document)).toEqual(['CreatedAt', 'Driver', 'Labels', 'Mountpoint', 'Name', 'Options', 'Scope'])
    expect(await tsbuild.ok('volume', 'rm', 'named')).toBe('named')
    expect(await tsbuild.run('volume', 'rm', 'named')).toMatchObject({ exitCode: 1, stdout: '' })
    expect(await tsbuild.ok('volume', 'rm', '-f', 'named')).toBe('named')
  })

  test('prune removes unused anonymous volumes, and unused named volumes with --all', async () => {
    const [anonymous, named] = [await tsbuild.ok('volume', 'create'), await tsbuild.ok('volume', 'create', 'named')]
    expect(anonymous).toMatch(/^[0-9a-f]{64}$/)
    expect((await tsbuild.run('volume', 'prune')).exitCode).toBe(1)
    expect(await tsbuild.ok('volume', 'prune', '-f')).toMatch(
      new RegExp(`^Deleted Volumes:\n${anonymous}\n\nTotal reclaimed space: [0-9.]+k?B$`),
    )
    expect(await tsbuild.ok('volume', 'prune', '-f', '-a')).toContain(`Deleted Volumes:\n${named}\n`)
    expect(await tsbuild.ok('volume', 'ls', '-q')).toBe('used')
  })
})

test('run and exec exit with 141 when their output is closed, and the command keeps running', async () => {
  const piped = (line: string) => {
    const env = { ...process.env, TSBUILD_ROOT: tsbuild.root }
    return spawnSync('bash', ['-c', `set -o pipefail; "$0" ${line}`, program], { env, encoding: 'utf8' })
  }
  const endless = 'while echo y; do :; done'
  const run = piped(`run --name endless --network none --log-driver none busybox sh -c '${endless}' | head -1`)
  expect(run).toMatchObject({ status: 141, stdout: 'y\n', stderr: '' })
  expect(await tsbuild.ok('inspect', '-f', '{{.State.Running}}', 'endless')).toBe('true')
  expect(piped(`exec endless sh -c '${endless}' | head -1`)).toMatchObject({ status: 141, stdout: 'y\n' })
  expect(piped('inspect endless endless endless | head -1')).toMatchObject({ status: 0, stdout: '[\n' })
  await tsbuild.ok('rm', '-f', 'endless')
})

test('system df -v shows each image, container and volume, and the shared size of images', async () => {
  await tsbuild.ok('exec', 'web', 'sh', '-c', 'printf 12345 > /data/five; printf 1234567 > /seven')
  await tsbuild.ok('commit', 'web', 'web:1')
  const shown = await tsbuild.ok('system', 'df', '-v')
  const [images, containers, volumes, cache] = shown.split(/^(?=\S.*usage:)/m).map((part) => part.trimEnd().split('\n'))
  expect(images?.[2]).toMatch(/^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE +SHARED SIZE +UNIQUE SIZE +CONTAINERS$/)
  expect(images?.find((line) => line.startsWith('web '))).toMatch(/ ([\d.]+MB) +7B +0$/)
  expect(images?.find((line) => line.startsWith('busybox '))).toMatch(/ ([\d.]+MB) +0B +1$/)
  expect(containers?.[2]).toMatch(/^CONTAINER ID +IMAGE +COMMAND +LOCAL VOLUMES +SIZE +CREATED +STATUS +NAMES$/)
  expect(containers?.[3]).toMatch(/ busybox +"sleep 999" +1 +7B +\S.* ago +Up .* web$/)
  expect(volumes?.slice(2)).toEqual(['VOLUME NAME   LINKS     SIZE', 'used          1         5B'])
  expect(cache?.[0]).toMatch(/^Build cache usage: [\d.]+k?B$/)
  expect(await tsbuild.ok('system', 'df', '-v', '--format', '{{range .Volumes}}{{.Name}}={{.Size}}{{end}}')).toBe(
    'used=5B',
  )
  await tsbuild.ok('image', 'rm', 'web:1')
})

test('system prune reports the space of exited containers', async () => {
  const argv = [
    'run',
    '--name',
    'wrote',
    '--network',
    'none',
    'busybox',
    'dd',
    'if=/dev/zero',
    'of=/big',
    'bs=1M',
    'count=3',
  ]
  await tsbuild.ok(...argv)
  const { stdout } = await tsbuild.run('system', 'prune', '-f')
  expect(stdout).toMatch(/^Deleted Containers:\n/)
  expect(stdout).toMatch(/Total reclaimed space: [3-9][.\d]*MB/)
})

test('wait prints the exit code of each container, and reports unknown names', async () => {
  await tsbuild.run('run', '--name', 'ended', '--network', 'none', 'busybox', 'sh', '-c', 'exit 3')
  const { exitCode, stdout } = await tsbuild.run('wait', 'no-such-one', 'ended')
  expect([exitCode, stdout.trim()]).toEqual([1, '3'])
  await tsbuild.ok('rm', 'ended')
})

test('system prune removes anonymous volumes only with --volumes', async () => {
  const anonymous = await tsbuild.ok('volume', 'create')
  expect(await tsbuild.ok('system', 'prune', '-f')).not.toContain('Deleted Volumes')
  expect(await tsbuild.ok('system', 'prune', '-f', '--volumes')).toContain(`Deleted Volumes:\n${anonymous}\n\n`)
  expect(await tsbuild.ok('volume', 'ls', '-q')).toBe('used')
})

test('volume ls --filter name=… accepts regular expressions; a malformed one matches nothing', async () => {
  for (const name of ['expr', 'expr-2']) await tsbuild.ok('volume', 'create', name)
  const named = (pattern: string) => tsbuild.ok('volume', 'ls', '-q', '--filter', `name=${pattern}`)
  expect(await named('^expr$')).toBe('expr')
  expect(await named('e.pr')).toBe('expr\nexpr-2')
  expect(await named('expr[')).toBe('')
  await tsbuild.ok('volume', 'rm', 'expr', 'expr-2')
})

test('inspect and lists print maps in the order of their keys, as Go does', async () => {
  const labels = ['--label', 'z=1', '--label', 'a=2']
  const flags = [...labels, '--tmpfs', '/z', '--tmpfs', '/a', '--log-opt', 'max-size=1m', '--log-opt', 'max-file=2']
  const limits = ['--ulimit', 'nofile=9', '--ulimit', 'core=0:1']
  await tsbuild.ok('create', '--name', 'ordered', ...flags, ...limits, 'busybox', 'true')
  const fields = ['.Config.Labels', '.HostConfig.Tmpfs', '.HostConfig.LogConfig.Config', '.HostConfig.Ulimits']
  const format = fields.map((field) => `{{json ${field}}}`).join(' ')
  expect(await tsbuild.ok('inspect', '-f', format, 'ordered')).toBe(
    '{"a":"2","z":"1"} {"/a":"","/z":""} {"max-file":"2","max-size":"1000000"} ' +
      '[{"Name":"core","Hard":1,"Soft":0},{"Name":"nofile","Hard":9,"Soft":9}]',
  )
  expect(await tsbuild.ok('ps', '-a', '-f', 'name=ordered', '--format', '{{.Labels}}')).toBe('a=2,z=1')
  await tsbuild.ok('rm', 'ordered')
  await tsbuild.ok('volume', 'create', ...labels, 'ordered')
  expect(await tsbuild.ok('volume', 'inspect', '-f', '{{json .Labels}}', 'ordered')).toBe('{"a":"2","z":"1"}')
  expect(await tsbuild.ok('volume', 'ls', '-f', 'name=ordered', '--format', '{{.Labels}}')).toBe('a=2,z=1')
  await tsbuild.ok('volume', 'rm', 'ordered')
})

test('empty values of flags count as not given, except for limits', async () => {
  const flags = ['--cidfile', '--log-driver', '--stop-signal', '--dns-option', '--pull'].flatMap((flag) => [flag, ''])
  expect(await tsbuild.ok('run', '--rm', '--network', 'none', ...flags, 'busybox', 'echo', 'ran')).toBe('ran')
  for (const flag of ['--memory', '--memory-swap', '--memory-reservation', '--shm-size', '--cpus'])
    expect((await tsbuild.run('create', flag, '', 'busybox', 'true')).exitCode).toBe(125)
  const lists = [
    ['ps', '-f'],
    ['images', '-f'],
    ['volume', 'ls', '-f'],
    ['events', '--until', '0s', '-f'],
  ]
  for (const list of lists) expect((await tsbuild.run(...list, '')).exitCode).toBe(0)
  expect(await tsbuild.ok('images', '-q', '')).not.toBe('')
  expect(await tsbuild.ok('inspect', '--type', '', '-f', '{{.Os}}', 'busybox')).toBe('linux')
})

test('--shm-size 0 is the default', async () => {
  await tsbuild.ok('create', '--name', 'shm', '--shm-size', '0', 'busybox', 'true')
  expect(await tsbuild.ok('inspect', '-f', '{{.HostConfig.ShmSize}}', 'shm')).toBe(`${64 << 20}`)
  await tsbuild.ok('rm', 'shm')
})

test('volume create accepts docker’s options, and volume prune filters by label', async () => {
  await tsbuild.ok(
    'volume',
    'create',
    '-o',
    'type=none',
    '-o',
    'o=bind',
    '-o',
    `device=${room}`,
    '--label',
    'of=room',
    'shown',
  )
  const options = { device: room, o: 'bind', type: 'none' }
  expect(JSON.parse(await tsbuild.ok('volume', 'inspect', '-f', '{{json .Options}}', 'shown'))).toEqual(options)
  const refused = await tsbuild.run('volume', 'create', '-o', 'type=nfs', '-o', 'o=addr=192.0.2.1', '-o', 'device=:/x')
  expect(refused).toMatchObject({ exitCode: 1, stdout: '' })
  expect(refused.stderr).toContain('nfs')
  await tsbuild.ok('volume', 'create', 'kept')
  expect(await tsbuild.ok('volume', 'prune', '-af', '--filter', 'label=of=room')).toContain(
    'Deleted Volumes:\nshown\n\n',
  )
  expect(await tsbuild.ok('volume', 'prune', '-f', '--filter', 'all=true')).toContain('Deleted Volumes:\nkept\n\n')
})

test('update prints the names, and refuses missing flags and too low limits', async () => {
  expect(await tsbuild.ok('update', '--memory', '64m', '--memory-swap', '128m', 'web')).toBe('web')
  expect(await tsbuild.ok('inspect', '-f', '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}', 'web')).toBe(
    '67108864 134217728',
  )
  expect(await tsbuild.run('update', '--restart', 'on-failure:2', 'web', 'nobody')).toMatchObject({
    exitCode: 1,
    stdout: 'web\n',
  })
  expect(await tsbuild.ok('inspect', '-f', '{{.HostConfig.RestartPolicy.Name}}', 'web')).toBe('on-failure')
  await tsbuild.ok('update', '--restart', 'no', 'web')
  expect((await tsbuild.run('update', 'web')).exitCode).toBe(2)
  const tooLittle = await tsbuild.run('run', '--rm', '-m', '1k', 'busybox', 'true')
  expect(tooLittle.exitCode).toBe(125)
  expect(tooLittle.stderr).toContain('minimum memory limit allowed is 6MB')
})

test('cp accepts names and streams, and its errors name both source and destination', async () => {
  const here = tsbuild.with({ cwd: room })
  writeFileSync(join(room, 'one:two'), 'copied\n')
  expect(await here.ok('cp', './one:two', 'web:tmp/got')).toBe('')
  expect(await tsbuild.ok('exec', 'web', 'cat', '/tmp/got')).toBe('copied')
  expect(await here.ok('container', 'cp', '-q', 'web:/tmp/got', '.')).toBe('')
  expect(readFileSync(join(room, 'got'), 'utf8')).toBe('copied\n')
  const tar = execFileSync('tar', ['-C', room, '-c', 'got'])
  await tsbuild.with({ input: tar }).ok('cp', '-', 'web:/data')
  expect(await tsbuild.ok('cp', 'web:/data/got', '-')).toContain('copied\n')
  const mistakes: readonly (readonly [readonly string[], number, string])[] = [
    [['here', 'there'], 2, 'at least one container'],
    [['web:/tmp', 'web:/data'], 2, 'between containers is not supported'],
    [['', 'web:/data'], 2, 'source can not be empty'],
    [['got', 'nobody:/tmp'], 1, 'no such container'],
    [['web:/nothing', '.'], 1, 'no such file or directory'],
    [['got', 'web:/nothing/there'], 1, 'does not exist'],
  ]
  for (const [words, code, message] of mistakes) {
    const { exitCode, stderr } = await here.run('cp', ...words)
    expect([exitCode, stderr]).toEqual([code, expect.stringContaining(message)])
  }
})

test('container inspect finds containers only', async () => {
  expect(await tsbuild.ok('container', 'inspect', '-f', '{{.Name}}', 'web')).toBe('/web')
  expect(await tsbuild.ok('inspect', '-f', '{{.Os}}', 'busybox')).toBe('linux')
  expect((await tsbuild.run('container', 'inspect', 'busybox')).exitCode).toBe(1)
  expect((await tsbuild.run('image', 'inspect', 'web')).exitCode).toBe(1)
})

test('stats of a container that exits between two readings shows no negative share', async () => {
  await tsbuild.ok('run', '-d', '--network=none', '--name', 'burst', 'busybox', 'sh', '-c', 'while :; do :; done')
  const pid = Number(await tsbuild.ok('inspect', '-f', '{{.State.Pid}}', 'burst'))
  const shown = tsbuild.ok('stats', '--no-stream', '--format', '{{.CPUPerc}}', 'burst')
  await new Promise((resolve) => setTimeout(resolve, 900)) // the readings are a second apart
  process.kill(pid, 'SIGKILL')
  expect(await shown).toMatch(/^\d/)
  await tsbuild.ok('rm', 'burst')
})

test('ps shows a paused container, and exec into it is refused', async () => {
  expect(await tsbuild.ok('pause', 'web')).toBe('web')
  expect(await tsbuild.ok('ps', '--format', '{{.Status}}')).toMatch(/\(Paused\)$/)
  expect((await tsbuild.run('exec', 'web', 'true')).exitCode).toBe(1)
  expect(await tsbuild.ok('unpause', 'web')).toBe('web')
  expect((await tsbuild.run('unpause', 'web')).exitCode).toBe(1)
})

test('port shows a published port, and fails for an unpublished one', async () => {
  expect(await tsbuild.ok('port', 'web')).toMatch(/^80\/udp -> 127\.0\.0\.1:\d+$/)
  expect(await tsbuild.ok('port', 'web', '80/udp')).toMatch(/^127\.0\.0\.1:\d+$/)
  expect((await tsbuild.run('port', 'web', '80')).exitCode).toBe(1)
})

test('rename changes the name, and inspect prints existing objects even if others are missing', async () => {
  expect(await tsbuild.ok('rename', 'web', 'site')).toBe('')
  const seen = await tsbuild.run('inspect', '--format', '{{.Name}}', 'web', 'site', 'used')
  expect(seen).toMatchObject({ exitCode: 1, stdout: '/site\nused\n' })
  expect(seen.stderr).toContain('"web"')
  expect((await tsbuild.run('inspect', '--type', 'image', 'site')).exitCode).toBe(1)
  expect(await tsbuild.ok('inspect', '--type', 'volume', '-f', '{{.Driver}}', 'used')).toBe('local')
  await tsbuild.ok('rename', 'site', 'web')
})

test('commit applies changes, and container prune removes exited containers', async () => {
  await tsbuild.ok('commit', '-c', 'CMD ["echo", "changed"]', '-c', 'ENV ADDED=1', 'web', 'team/app:v2')
  expect(await tsbuild.ok('run', '--name', 'ended', 'team/app:v2')).toBe('changed')
  const refused = await tsbuild.run('commit', '-c', 'EXPOS 80', 'web', 'team/app:v3')
  const message = 'ERROR: Cannot parse "EXPOS": unknown instruction\n  hint: Did you mean "EXPOSE"?\n'
  expect(refused).toMatchObject({ exitCode: 1, stderr: message })
  expect((await tsbuild.run('commit', '-c', 'RUN true', 'web')).exitCode).not.toBe(0)
  const id = await tsbuild.ok('inspect', '-f', '{{.Id}}', 'ended')
  expect(await tsbuild.ok('container', 'prune', '-f')).toContain(
    `Deleted Containers:\n${id}\n\nTotal reclaimed space: `,
  )
  expect(await tsbuild.ok('ps', '-a', '--format', '{{.Names}}')).toBe('web')
})

test('run refuses invalid requests with docker’s exit code', async () => {
  const missing = join(room, 'nothing')
  const refusals = [
    ['--mount', `type=bind,source=${missing},target=/x`],
    ['--security-opt', 'lable=type:x'],
    ['--restart', 'sometimes'],
  ]
  const codes = await Promise.all(
    refusals.map(async (words) => (await tsbuild.run('run', '--rm', ...words, 'busybox', 'true')).exitCode),
  )
  expect(codes).toEqual([125, 125, 125])
})

test('run -i reads standard input whatever -a attaches; with -a stdin alone it prints the ID', async () => {
  const piped = tsbuild.with({ input: 'typed\n' })
  const words = ['--network', 'none', 'busybox', 'sh', '-c', 'cat; echo problem >&2']
  expect(await piped.run('run', '--rm', '-i', '-a', 'stdout', ...words)).toMatchObject({
    stdout: 'typed\n',
    stderr: '',
  })
  const id = await piped.ok('run', '-i', '-a', 'stdin', ...words)
  expect(id).toMatch(/^[0-9a-f]{64}$/)
  await expect.poll(() => tsbuild.ok('logs', id)).toContain('typed')
  await tsbuild.ok('wait', id)
  await tsbuild.ok('rm', id)
})

test('run -i -a stdin ends with its input, all of which the command gets, and the command keeps running', async () => {
  const input = 'line\n'.repeat(100_000)
  const words = ['--network', 'none', 'busybox', 'sh', '-c', 'wc -c; sleep 1000']
  const id = await tsbuild.with({ input }).ok('run', '-i', '-a', 'stdin', ...words)
  await expect.poll(() => tsbuild.ok('logs', id)).toBe(`${input.length}`)
  expect(await tsbuild.ok('inspect', '-f', '{{.State.Running}}', id)).toBe('true')
  await tsbuild.ok('rm', '-f', id)
})
