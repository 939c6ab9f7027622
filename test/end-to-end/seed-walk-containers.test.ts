import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { basename, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, finished } from './tsbuild.ts'

/** The second half of the classic introduction, with the same commands; the application is a sleeping shell. */
const tsbuild = createTsbuild({ BUILDKIT_PROGRESS: 'plain' })
const room = temporaryDirectory('seed')
let hub: RunningRegistry
let container = ''

const DOCKERFILE = `FROM busybox
WORKDIR /app
RUN echo "from the image" > /app/base && chown 1000:1000 /app/base && chmod 640 /app/base
EXPOSE 80
ENV NAME World
CMD ["sh", "-c", "trap 'exit 0' TERM; while true; do sleep 1; done"]
`

beforeAll(async () => {
  hub = await startRegistry()
  await importBusybox(tsbuild)
  writeFileSync(join(room, 'Dockerfile'), DOCKERFILE)
  await tsbuild.ok('-t', 'helloworld', room)
  container = await tsbuild.ok('run', '-d', 'helloworld')
})

/** Types the lines into the program on a terminal of 31 rows and 97 columns, and returns the output. */
async function typed(words: string, lines: readonly string[]) {
  return expectScript(
    words,
    lines.flatMap((line) => ['expect "# "', `send -- "${line}\\r"`]),
  )
}

async function expectScript(words: string, steps: readonly string[]) {
  const script = [
    'set timeout 30',
    'set stty_init "rows 31 columns 97"',
    `spawn ${join(import.meta.dirname, '../../bin/tsbuild')} ${words}`,
    ...steps,
    'expect eof',
    'exit [lindex [wait] 3]',
  ].join('\n')
  const env = { ...process.env, TSBUILD_ROOT: tsbuild.root, TERM: 'xterm' }
  return finished(spawn('expect', ['-c', script], { stdio: 'pipe', env }), undefined)
}

const pidOf = (ref: string) => tsbuild.ok('inspect', '--format', '{{.State.Pid}}', ref)

describe('inside a container', () => {
  test('row 8: exec -it ID /bin/sh runs on a terminal of the same size, and returns its exit code', async () => {
    const seen = await typed(`exec -it ${container} /bin/sh`, ['touch test.txt', 'tty; stty size', 'exit 3'])
    expect(seen.stdout).toContain('/app # ')
    expect(seen.stdout).toContain('/dev/pts/0')
    expect(seen.stdout).toContain('31 97')
    expect(seen.exitCode).toBe(3)
    expect(await tsbuild.ok('exec', container, 'ls', '/app')).toBe('base\ntest.txt')
  })

  test('row 9: inspect shows the process, its namespaces have links, and exec joins them', async () => {
    const pid = await pidOf(container)
    expect(Number(pid)).toBeGreaterThan(1)
    const kinds = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts']
    expect(readdirSync(`/proc/${pid}/ns`)).toEqual(expect.arrayContaining(kinds))
    const listed = await tsbuild.ok('exec', container, 'ls', '-l', '/proc/self/ns')
    for (const kind of kinds) expect(listed).toContain(`${kind} -> ${readlinkSync(`/proc/${pid}/ns/${kind}`)}`)
    for (const kind of ['ipc', 'mnt', 'net', 'pid', 'uts', 'cgroup'])
      expect(readlinkSync(`/proc/${pid}/ns/${kind}`)).not.toBe(readlinkSync(`/proc/self/ns/${kind}`))
  })

  test('row 10: commit packs the changes without hosts, hostname and resolv.conf, and push uploads them', async () => {
    const name = `${hub.host}/geektime/helloworld:v2`
    const id = await tsbuild.ok('commit', '-m', 'touched', '-a', 'A Reader', container, name)
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/)
    const [before] = JSON.parse(await tsbuild.ok('image', 'inspect', 'helloworld'))
    const [after] = JSON.parse(await tsbuild.ok('image', 'inspect', name))
    expect(after.RootFS.Layers.slice(0, -1)).toEqual(before.RootFS.Layers)
    expect(after).toMatchObject({ Author: 'A Reader', Comment: 'touched', Config: { Cmd: before.Config.Cmd } })

    expect(await tsbuild.ok('push', name)).toMatch(/v2: digest: sha256:[0-9a-f]{64} size: \d+/)
    const layout = join(room, 'pulled')
    execFileSync('skopeo', ['copy', '--src-tls-verify=false', `docker://${name}`, `dir:${layout}`], { stdio: 'pipe' })
    const { layers } = JSON.parse(readFileSync(join(layout, 'manifest.json'), 'utf8'))
    const top = join(layout, layers.at(-1).digest.replace('sha256:', ''))
    const files = execFileSync('tar', ['-tf', top], { encoding: 'utf8' }).trim().split('\n')
    expect(files.map((file) => file.replace(/^\.?\//, ''))).toEqual(['app/', 'app/test.txt'])
    expect(await tsbuild.ok('run', '--rm', name, 'ls', '/app')).toBe('base\ntest.txt')
  })

  test('attach redraws the screen, even if the window size is unchanged', async () => {
    const draw = "trap 'echo drawn' WINCH; while :; do sleep 0.1; done"
    const id = await tsbuild.ok('run', '-dit', 'helloworld', 'sh', '-c', draw)
    for (const _ of ['first', 'second']) {
      const seen = await expectScript(`attach ${id}`, ['expect "drawn"', 'send -- "\\x10\\x11"'])
      // As in docker, leaving it is reported as a failure.
      expect(seen).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('drawn') })
    }
    await tsbuild.ok('rm', '-f', id)
  })

  test('row 11: run --net container:ID busybox ifconfig shares the network of the first container', async () => {
    const seen = await typed(`run -it --rm --net container:${container} busybox ifconfig -a`, [])
    expect(seen).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^lo +Link encap:Local Loopback/m) })
    const link = await tsbuild.ok(
      'run',
      '--rm',
      '--net',
      `container:${container}`,
      'busybox',
      'ls',
      '-l',
      '/proc/self/ns/net',
    )
    expect(link).toContain(readlinkSync(`/proc/${await pidOf(container)}/ns/net`))
  })

  test('row 12: --net=host shows the interfaces of the host', async () => {
    const seen = await tsbuild.ok('run', '--rm', '--net=host', 'busybox', 'ifconfig', '-a')
    for (const name of Object.keys(networkInterfaces())) expect(seen).toMatch(new RegExp(`^${name} `, 'm'))
    const link = await tsbuild.ok('run', '--rm', '--net=host', 'busybox', 'ls', '-l', '/proc/self/ns/net')
    expect(link).toContain(readlinkSync('/proc/self/ns/net'))
  })
})

describe('volumes', () => {
  test('row 14: run -d -v /test creates an anonymous volume, which volume ls shows', async () => {
    const id = await tsbuild.ok('run', '-d', '-v', '/test', 'helloworld')
    const [head, row, ...more] = (await tsbuild.ok('volume', 'ls')).split('\n')
    expect([head, row, more]).toEqual(['DRIVER    VOLUME NAME', expect.stringMatching(/^local {5}[0-9a-f]{64}$/), []])
    const name = row?.split(/ +/)[1] ?? ''
    const mountpoint = join(tsbuild.root, 'volumes', name, '_data')
    expect(await tsbuild.ok('volume', 'inspect', '--format', '{{.Mountpoint}}', name)).toBe(mountpoint)
    expect(statSync(mountpoint).isDirectory()).toBe(true)
    expect((await tsbuild.run('volume', 'rm', name)).exitCode).toBe(1)
    await tsbuild.ok('rm', '-f', '-v', id)
    expect(existsSync(mountpoint)).toBe(false)
  })

  test('rows 15 and 16: a host directory is mounted only inside; commit keeps the mount point, not its content', async () => {
    const home = join(room, 'home')
    mkdirSync(home)
    const id = await tsbuild.ok('run', '-d', '-v', `${home}:/test`, 'helloworld')
    expect(await tsbuild.ok('exec', id, 'grep', ' /test ', '/proc/mounts')).not.toBe('')
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(basename(room))

    await tsbuild.ok('exec', id, 'sh', '-c', 'echo written inside > /test/file')
    expect(readFileSync(join(home, 'file'), 'utf8')).toBe('written inside\n')
    const upper = await tsbuild.ok('inspect', '--format', '{{.GraphDriver.Data.UpperDir}}', id)
    expect(readdirSync(join(upper, 'test'))).toEqual([])

    await tsbuild.ok('commit', id, 'with-test')
    expect(await tsbuild.ok('run', '--rm', 'with-test', 'ls', '-a', '/test')).toBe('.\n..')
    await tsbuild.ok('rm', '-f', id)
    expect(readdirSync(home)).toEqual(['file'])
  })

  test('row 17: a volume is filled with the image’s content at first use, with owners and modes; a bind mount is not', async () => {
    const look = ['stat', '-c', '%u:%g %a %n', '/app/base']
    for (const place of ['/app', 'kept:/app', 'kept:/app'])
      expect(await tsbuild.ok('run', '--rm', '-v', place, 'helloworld', ...look)).toBe('1000:1000 640 /app/base')
    expect(await tsbuild.ok('volume', 'ls', '-q')).toBe('kept')
    expect(readFileSync(join(tsbuild.root, 'volumes/kept/_data/base'), 'utf8')).toBe('from the image\n')
    expect(await tsbuild.ok('run', '--rm', '-v', `${join(room, 'made')}:/app`, 'helloworld', 'ls', '/app')).toBe('')
    await tsbuild.ok('volume', 'rm', 'kept')
  })
})

describe('limits and layers', () => {
  test('row 18: --cpuset-cpus="1" -m 500M set the limits of control groups, whose path is hidden inside', async () => {
    const id = await tsbuild.ok('run', '-d', '-p', '8000:80', '--cpuset-cpus=1', '-m', '500M', 'helloworld')
    const pid = await pidOf(id)
    const limit = (file: string) => readFileSync(file, 'utf8').trim()
    const groups = groupsOf(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))
    expect(limit(join(groups.cpuset, 'cpuset.cpus'))).toBe('1')
    expect(limit(join(groups.memory, groups.isV2 ? 'memory.max' : 'memory.limit_in_bytes'))).toBe(
      `${500 * 1024 * 1024}`,
    )
    expect(groups.memory).toContain(id)
    expect(await tsbuild.ok('exec', id, 'cat', '/proc/1/cgroup')).not.toContain(id)
    expect(await tsbuild.ok('exec', id, 'grep', 'Cpus_allowed_list', '/proc/1/status')).toMatch(/:\s1$/)
    expect(await tsbuild.ok('port', id)).toBe('80/tcp -> 0.0.0.0:8000\n80/tcp -> [::]:8000')
    await tsbuild.ok('rm', '-f', id)
    expect(existsSync(groups.memory)).toBe(false)
  })

  test('row 19: changes of a container to files of its image are not visible in the image or in other containers', async () => {
    const [one, two] = [await tsbuild.ok('run', '-d', 'helloworld'), await tsbuild.ok('run', '-d', 'helloworld')]
    await tsbuild.ok('exec', one, 'rm', '/app/base')
    await tsbuild.ok('exec', two, 'sh', '-c', 'echo changed > /app/base')
    expect(await tsbuild.ok('exec', one, 'ls', '/app')).toBe('')
    expect(await tsbuild.ok('exec', two, 'cat', '/app/base')).toBe('changed')
    expect(await tsbuild.ok('run', '--rm', 'helloworld', 'cat', '/app/base')).toBe('from the image')
    await tsbuild.ok('rm', '-f', one, two)
  })
})

/** Directories of the control groups of a process, from its /proc/PID/cgroup. */
function groupsOf(text: string) {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => line.split(':'))
  const pathOf = (controller: string) => lines.find(([, names]) => names?.split(',').includes(controller))?.[2]
  const unified = join('/sys/fs/cgroup', lines.find(([number]) => number === '0')?.[2] ?? '')
  const isV2 = pathOf('memory') === undefined
  const place = (controller: string) => (isV2 ? unified : join('/sys/fs/cgroup', controller, pathOf(controller) ?? ''))
  return { isV2, memory: place('memory'), cpuset: place('cpuset') }
}
