import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createCdiSpecs } from '../support/cdi-specs.ts'
import { installProgram } from '../support/install-program.ts'
import { createJobContainer, type JobContainer } from '../support/job-container.ts'
import { startSshAgent } from '../support/ssh-agent.ts'
import { importBusybox } from './bases.ts'
import { LAYERED } from './layer-changes.ts'
import { createTsbuild, createTsbuildUnder, type Tsbuild } from './tsbuild.ts'

const specs = createCdiSpecs()
let container: JobContainer
let job: Tsbuild
let here: Tsbuild
let room: string

beforeAll(async () => {
  const device = { name: 'one', containerEdits: { env: ['ONE=1'] } }
  specs.write('chroot.json', JSON.stringify({ cdiVersion: '0.6.0', kind: specs.kind, devices: [device] }))
  container = createJobContainer('--volume', '/var/run/cdi:/var/run/cdi:ro')
  job = createTsbuildUnder(container)
  here = createTsbuild()
  room = mkdtempSync(join(job.root, '../context-'))
  await importBusybox(job)
  await importBusybox(here)
})

async function build(tsbuild: Tsbuild, dockerfile: string, ...flags: string[]) {
  writeFileSync(join(room, 'Dockerfile'), dockerfile)
  return tsbuild.run('build', '--progress=plain', ...flags, room)
}

/** Output of the last RUN. */
async function output(tsbuild: Tsbuild, dockerfile: string, ...flags: string[]): Promise<string> {
  const { exitCode, stderr } = await build(tsbuild, dockerfile, '--no-cache', ...flags)
  expect(stderr).toContain('plain chroot')
  expect(exitCode, stderr).toBe(0)
  return stderr
}

test('doctor names the mode and the reason, and reports that builds are possible', async () => {
  const { stdout, exitCode } = await job.run('doctor')
  expect(stdout).toMatch(/\[warn\] isolation of steps: in a plain chroot, not confined .*Operation not permitted/)
  expect(exitCode).toBe(0)
})

test('a bind mount whose source leads through a link copies nothing from the surrounding container', async () => {
  const victim = join(room, 'victim')
  mkdirSync(victim)
  writeFileSync(join(victim, 'file'), 'theirs')
  const { exitCode, stderr } = await build(
    job,
    `FROM busybox AS evil
RUN ln -s ${victim} /out && mkdir -p ${victim} && echo own > ${victim}/file
FROM busybox
RUN --mount=type=bind,from=evil,source=/out/file,target=/b cat /b
`,
  )
  expect(stderr).toContain('Cannot mount "out/file": its path contains a link')
  expect(exitCode).not.toBe(0)
  expect(readFileSync(join(victim, 'file'), 'utf8')).toBe('theirs')
  rmSync(victim, { recursive: true })
})

test('a store on a filesystem mounted with noexec is named in the error', async () => {
  const elsewhere = createTsbuildUnder(container, { TSBUILD_ROOT: '/dev/shm/store' })
  expect((await elsewhere.run('doctor')).stdout).toContain('the filesystem of the store is mounted with noexec')
  await elsewhere.close()
})

test('a build warns once that steps are not confined', async () => {
  const { stderr } = await build(job, 'FROM busybox\nRUN echo once\nRUN echo twice\n', '--no-cache')
  expect(stderr.match(/not confined/g)).toHaveLength(1)
})

test('containers are refused with a reason', async () => {
  expect(await job.run('run', 'busybox', 'true')).toMatchObject({
    stderr: expect.stringContaining('allows no namespaces'),
  })
})

test.each([
  ['--network=none', 'FROM busybox\nRUN --network=none true\n', []],
  ['a limit', 'FROM busybox\nRUN true\n', ['--memory=64m']],
  ['a device', `FROM busybox\nRUN --device=${specs.kind}=one true\n`, ['--allow=device']],
  ['the size of a tmpfs', 'FROM busybox\nRUN --mount=type=tmpfs,target=/t,size=1m true\n', []],
  ['a part of a cache', 'FROM busybox\nRUN --mount=type=cache,target=/c,from=busybox,source=/bin true\n', []],
  ['a read-only cache', 'FROM busybox\nRUN --mount=type=cache,target=/c,ro true\n', []],
  [
    'one cache in two places',
    'FROM busybox\nRUN --mount=type=cache,id=c,target=/c --mount=type=cache,id=c,target=/d true\n',
    [],
  ],
])('%s is refused', async (_, dockerfile, flags) => {
  const { stderr, exitCode } = await build(job, dockerfile, ...flags)
  expect(exitCode, stderr).not.toBe(0)
  expect(stderr).toMatch(/Cannot (grant|give|limit|mount)/)
})

test.each(LAYERED)('layers have the same diff IDs as those of an overlay: %s', async (_, dockerfile, timed) => {
  mkdirSync(join(room, 'given'), { recursive: true })
  writeFileSync(join(room, 'given/file'), 'from the context\n')
  const diffIds = async (tsbuild: Tsbuild) => {
    const { exitCode, stderr } = await build(tsbuild, dockerfile, '--no-cache', '-t', 'changes')
    expect(exitCode, stderr).toBe(0)
    const layers = await tsbuild.ok('image', 'inspect', '--format', '{{json .RootFS.Layers}}', 'changes')
    const own = (JSON.parse(layers) as string[]).slice(1) // the base has the time of its import
    return own.filter((_, layer) => !timed.includes(layer))
  }
  expect(await diffIds(job)).toEqual(await diffIds(here))
})

test('a step without an effective change has no layer, whatever times the previous step left behind', async () => {
  const dockerfile = 'FROM busybox\nRUN echo 1 > /f && ln /f /g\nRUN chmod 644 /f\n'
  const layers = async (tsbuild: Tsbuild) => {
    expect((await build(tsbuild, dockerfile, '--no-cache', '-t', 'fine')).exitCode).toBe(0)
    return (await tsbuild.ok('image', 'inspect', '--format', '{{json .RootFS.Layers}}', 'fine')).split(',').slice(2)
  }
  expect(await layers(job)).toEqual(await layers(here))
})

test('a loaded image has the size of its unpacked files', async () => {
  const archive = join(room, 'image.tar')
  const { exitCode, stderr } = await build(here, 'FROM busybox\n', '-o', `type=oci,name=loaded,dest=${archive}`)
  expect(exitCode, stderr).toBe(0)
  const size = async (tsbuild: Tsbuild) => {
    await tsbuild.ok('load', '-i', archive)
    return Number(await tsbuild.ok('image', 'inspect', '--format', '{{.Size}}', 'loaded'))
  }
  expect(await size(job)).toBe(await size(here))
})

test('mounts are placed in the tree and removed again', async () => {
  mkdirSync(join(room, 'given'), { recursive: true })
  writeFileSync(join(room, 'given/file'), 'from the context\n')
  writeFileSync(join(room, 'secret'), 'hidden\n')
  const dockerfile = `FROM busybox AS made
RUN echo "from a stage" > /made
FROM busybox
RUN --mount=type=bind,source=given,target=/b,rw --mount=type=bind,from=made,source=/made,target=/made \\
  cat /b/file /made && echo changed > /b/file
RUN --mount=type=secret,id=s --mount=type=cache,target=/c cat /run/secrets/s && echo kept > /c/file
RUN --mount=type=cache,target=/c cat /c/file && echo zero > /dev/null && ls / | grep -x -e b -e c -e run -e proc -e dev || echo nothing left
`
  const log = await output(job, dockerfile, '--secret', `id=s,src=${join(room, 'secret')}`)
  for (const line of ['from the context', 'from a stage', 'hidden', 'kept']) expect(log).toContain(line)
  const again = await output(
    job,
    'FROM busybox\nRUN test ! -e /run/secrets && test ! -e /c && test ! -e /dev/null || echo bad\n',
  )
  expect(again).not.toContain('#6 bad')
})

test('a cache that a step replaces with a link starts empty again, with the mode and owner of its mount', async () => {
  const mount = '--mount=type=cache,id=moded,target=/c,mode=0770,uid=7,gid=8'
  const replaced = `FROM busybox
RUN ${mount} touch /c/file && rm -r /c && ln -s ${room} /c
RUN ${mount} echo "has $(stat -c '%F %a %u:%g' /c) [$(ls /c)]"
`
  expect(await output(job, replaced)).toMatch(/ has directory 770 7:8 \[\]$/m)
})

test('the SSH agent is available in the step, and leaves no socket', async () => {
  const agent = startSshAgent(room)
  try {
    installProgram('/usr/bin/ssh-add', join(room, 'programs'))
    const dockerfile = `FROM busybox
COPY programs /
RUN --mount=type=ssh,mode=0600 ssh-add -l; stat -c "mode %a" $SSH_AUTH_SOCK
RUN test ! -e /run || echo bad
`
    const log = await output(job, dockerfile, '--ssh', `default=${agent.socket}`)
    expect(log).toMatch(/ED25519|no identities/)
    expect(log).toContain('mode 600')
    expect(log).not.toMatch(/^#\d+ [\d.]+ bad$/m)
  } finally {
    agent.stop()
  }
})

test('a directory moved by a step keeps nothing of the mounts in it', async () => {
  const dockerfile =
    'FROM busybox\nRUN mv /etc /moved && mkdir /etc\nRUN ls /moved | grep -v -e passwd -e group || echo clean\n'
  expect(await output(job, dockerfile)).toMatch(/^#\d+ [\d.]+ clean$/m)
})

test('background processes are killed with their step, and a failed step leaves nothing behind', async () => {
  const { stderr, exitCode } = await build(job, 'FROM busybox\nRUN (sleep 1000 &) ; exit 3\n', '--no-cache')
  expect(exitCode, stderr).not.toBe(0)
  expect(stderr).toContain('exit code 3')
  expect(readdirSync(join(job.root, 'tmp'))).toEqual([])
})

test('a step for a platform that this machine neither has nor emulates is refused with that reason', async () => {
  const dockerfile = 'FROM scratch\nCOPY secret /\nRUN true\n'
  const { stderr } = await build(job, dockerfile, '--platform=linux/s390x')
  expect(stderr).toContain('this machine cannot run programs for linux/s390x')
})
