import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

let room = ''
let tsbuild: Tsbuild
let socket: { readonly server: Server; readonly path: string }

beforeAll(async () => {
  room = temporaryDirectory('flags')
  tsbuild = createTsbuild()
  await importBusybox(tsbuild)
  socket = await listeningSocket(join(room, 'agent.sock'))
})

afterAll(() => socket.server.close())

async function listeningSocket(path: string) {
  const server = createServer((connection) => connection.end())
  await new Promise<void>((settle) => server.listen(path, settle))
  return { server, path }
}

/** Output of the steps. */
async function build(lines: readonly string[], ...flags: string[]): Promise<string> {
  const { exitCode, stderr } = await attempt(lines, ...flags)
  if (exitCode !== 0) throw new Error(stderr)
  return stderr.replaceAll(/^#\d+ \d+\.\d+ /gm, '')
}

function attempt(lines: readonly string[], ...flags: string[]) {
  const dockerfile = `FROM busybox\n${lines.join('\n')}\n`
  return tsbuild.with({ input: dockerfile }).run('build', '--progress=plain', '--no-cache', ...flags, '-')
}

const refused: readonly (readonly [flags: readonly string[], message: string])[] = [
  [['--ulimit', 'nofiles=1'], 'Did you mean "nofile"?'],
  [['--ulimit', 'nofile=9:1'], 'the soft limit exceeds the hard limit'],
  [['--ulimit', 'nofile'], 'not name=soft[:hard]'],
  [['--resource', 'cpuset-mems=0'], 'unknown resource (expected memory, memory-swap'],
  [['--resource', 'memory=1m'], 'too small (expected at least 6291456)'],
  [['--policy', 'strict=true'], 'policies are not evaluated'],
  [['--memory', '1m'], 'too small (expected at least 6291456)'],
  [['--memory', 'much'], 'not a size'],
  [['--memory-swap', '64m'], 'expected --memory as well'],
  [['--memory', '64m', '--memory-swap', '32m'], 'less than --memory'],
  [['--cpu-quota', '5'], 'too small (expected at least 1000)'],
  [['--cpu-period', 'x'], 'not a whole number'],
  [['--cpu-shares', '1'], 'too small (expected at least 2)'],
  [['--cpuset-cpus', '0-'], 'not a list of CPUs'],
  [['--shm-size', 'big'], 'not a size'],
  [['--cgroup-parent', '../x'], 'not a plain path'],
  [['--allow', 'network.hots'], 'Did you mean "network.host"?'],
  [['--ssh', '=x'], 'the ID is missing'],
  [['--ssh', 'default=/nowhere/sock'], '"/nowhere/sock" does not exist'],
  [['--build-arg-file', '/nowhere/args'], 'Cannot read "--build-arg-file /nowhere/args"'],
]

test.each(refused)('%j is refused before the build starts', async (flags, message) => {
  const { exitCode, stderr } = await attempt(['RUN true'], ...flags)
  expect(exitCode).not.toBe(0)
  expect(stderr).toContain(message)
  expect(stderr).not.toContain('#1 ')
})

test('RUN --security=insecure and --network=host require --allow', async () => {
  const insecure = ['RUN --security=insecure grep CapEff /proc/self/status']
  const first = await attempt(insecure)
  expect(first.exitCode).not.toBe(0)
  expect(first.stderr).toContain('it requires the entitlement "security.insecure"')
  expect(first.stderr).toContain('>>> RUN --security=insecure')
  expect(await build(insecure, '--allow', 'security.insecure')).toMatch(/CapEff:\t000001f{3}/)
  const host = ['RUN --network=host true']
  expect((await attempt(host)).stderr).toContain('it requires the entitlement "network.host"')
  await build(host, '--allow', 'security.insecure,network.host')
  await build(host, '--network', 'host')
})

test('--ssh provides the default agent, or the one at a path, to RUN --mount=type=ssh as SSH_AUTH_SOCK', async () => {
  const run = ['RUN --mount=type=ssh test -S $SSH_AUTH_SOCK && stat -c "socket %a %u:%g" $SSH_AUTH_SOCK']
  const proxy = 'socket 600 0:0\n'
  expect(await build(run, '--ssh', `default=${socket.path}`)).toContain(proxy)
  const { stderr } = await tsbuild
    .with({ input: `FROM busybox\n${run[0]}\n`, env: { SSH_AUTH_SOCK: socket.path } })
    .run('build', '--progress=plain', '--no-cache', '--ssh', 'default', '-')
  expect(stderr).toContain(proxy)
})

test('--build-arg-file sets arguments, and --build-arg overrides them', async () => {
  const file = join(room, 'arguments')
  writeFileSync(file, '# of the team\nONE=1\n\nTWO=a b=c\n')
  const printed = await build(
    ['ARG ONE', 'ARG TWO', 'RUN echo "$ONE,$TWO"'],
    '--build-arg-file',
    file,
    '--build-arg',
    'ONE=2',
  )
  expect(printed).toContain('2,a b=c\n')
  writeFileSync(file, 'ONE=1\nno pair\n')
  expect((await attempt(['RUN true'], '--build-arg-file', file)).stderr).toContain('line 2 is not KEY=value')
})

test('-o type=cacheonly stores no image, but its steps are cached', async () => {
  const lines = ['RUN mkdir /cached']
  expect(await build(lines, '-o', 'type=cacheonly', '-t', 'nothing')).not.toContain('Built')
  expect(await tsbuild.ok('images', '-q', 'nothing')).toBe('')
  const dockerfile = `FROM busybox\n${lines.join('\n')}\n`
  const again = await tsbuild.with({ input: dockerfile }).run('build', '--progress=plain', '-o', 'type=cacheonly', '-')
  expect(again.stderr).toMatch(/RUN mkdir \/cached\n#\d+ CACHED/)
  expect((await attempt(lines, '-o', 'type=cacheonly', '--iidfile', join(room, 'iid'))).stderr).toContain('no image')
})

test('empty values of flags count as not given, but the context must not be empty', async () => {
  const context = temporaryDirectory('empty-values')
  writeFileSync(join(context, 'Dockerfile'), 'FROM busybox\nRUN true\n')
  const empty = '-f -o --cache-from --cache-to --network --add-host --secret --ssh --allow --annotation --iidfile'
  const flags = `${empty} --metadata-file --progress --call --build-context`.split(' ').flatMap((flag) => [flag, ''])
  const { exitCode, stderr } = await tsbuild.with({ cwd: context }).run('build', '-t', 'empty-values', ...flags, '.')
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('Tagged  empty-values') })
  expect(readdirSync(context)).toEqual(['Dockerfile'])
  const noContext = await tsbuild.with({ cwd: context }).run('build', '')
  expect(noContext.exitCode).toBe(2)
  expect(noContext.stderr).toContain('Cannot use the build context "": it is empty')
})

test('missing parent directories of an output are created', async () => {
  const [tar, oci] = [join(room, 'new/of/tar/files.tar'), join(room, 'new/of/oci/image.tar')]
  await build(['RUN true'], '-o', `type=tar,dest=${tar}`, '-o', `type=oci,dest=${oci}`)
  expect(execFileSync('tar', ['-tf', tar], { encoding: 'utf8' })).toContain('bin/busybox\n')
  expect(execFileSync('tar', ['-tf', oci], { encoding: 'utf8' })).toContain('index.json\n')
  const impossible = await attempt(['RUN true'], '-o', 'type=tar,dest=/proc/none/files.tar')
  expect(impossible.stderr).toContain('Cannot write "/proc/none/files.tar": no such directory "/proc/none"')
})

test('a context of an unknown kind is refused instead of treated as a directory', async () => {
  const { exitCode, stderr } = await attempt(['RUN true'], '--build-context', 'base=nfs:///nowhere')
  expect(exitCode).not.toBe(0)
  expect(stderr).toContain('contexts of the kind "nfs" are not supported')
})

test('an image context without a name is refused as that', async () => {
  const { exitCode, stderr } = await attempt(['RUN true'], '--build-context', 'base=docker-image://')
  expect(exitCode).toBe(65)
  expect(stderr).toContain('"docker-image://": the image is missing (expected docker-image://name[:tag][@digest])')
})

test('--annotation is written to the manifest of an OCI output', async () => {
  const [output, docker] = [join(room, 'annotated'), join(room, 'annotated-docker')]
  const lines = ['ENV a=b']
  await build(
    lines,
    '-o',
    `type=oci,tar=false,dest=${output},annotation.one=0,annotation.three=3`,
    '-o',
    `type=docker,tar=false,dest=${docker},oci-mediatypes=false,annotation-manifest.four=4`,
    '--annotation',
    'one=1',
    '--annotation',
    'manifest:two=a=b',
  )
  const manifest = (layout: string): unknown =>
    JSON.parse(execFileSync('skopeo', ['inspect', '--raw', `oci:${layout}`], { encoding: 'utf8' }))
  expect(manifest(output)).toMatchObject({ annotations: { one: '1', two: 'a=b', three: '3' } })
  expect(manifest(docker)).toMatchObject({ annotations: { one: '1', two: 'a=b', four: '4' } })
  expect((await attempt(lines, '--annotation', 'one=1')).stderr).toContain('no output writes a manifest')
  expect((await attempt(lines, '--annotation', 'index:one=1')).stderr).toContain(
    'has no index (expected several platforms)',
  )
  expect((await attempt(lines, '--annotation', 'layer:one=1')).stderr).toContain('unknown level "layer"')
  expect((await attempt(lines, '--annotation', 'one')).stderr).toContain('the value is missing')
})

test('mode=delete leaves the files of the image alone in a directory', async () => {
  const out = mkdtempSync(join(room, 'replaced-'))
  const left = async (mode: string, ...flags: string[]) => {
    mkdirSync(join(out, 'older/below'), { recursive: true })
    symlinkSync(room, join(out, `link-${mode}`))
    const flag = `type=local,dest=${out},src=out,mode=${mode}`
    const { exitCode, stderr } = await attempt(['RUN mkdir /out && touch /out/new'], '-o', flag, ...flags)
    return exitCode === 0 ? readdirSync(out).sort() : stderr
  }
  expect(await left('delete')).toContain('Allow it with --allow buildx.local.delete')
  expect(await left('copy')).toEqual(expect.arrayContaining(['link-copy', 'link-delete', 'new', 'older']))
  rmSync(join(out, 'link-delete'))
  const kept = readdirSync(room)
  expect(await left('delete', '--allow=buildx.local.delete')).toEqual(['new'])
  expect(readdirSync(room)).toEqual(kept)
})

test('--explain prints reasons as text, and as JSON on standard output', async () => {
  const context = mkdtempSync(join(room, 'context-'))
  writeFileSync(join(context, 'Dockerfile'), 'FROM busybox\nCOPY file /file\n')
  writeFileSync(join(context, 'file'), 'one\n')
  await tsbuild.ok('build', context)
  writeFileSync(join(context, 'file'), 'two\n')
  const { stderr } = await tsbuild.run('build', '--explain', context)
  expect(stderr).toContain(
    'missed  [2/2] COPY file /file\n        files of build context changed (/file)\n          changed file\n',
  )
  const document: unknown = JSON.parse(await tsbuild.ok('build', '--explain=json', context))
  expect(document).toMatchObject({ steps: [{ name: '[2/2] COPY file /file', outcome: 'hit', by: 'content' }] })
  expect((await tsbuild.run('build', '--explain=json', '-q', context)).stderr).toContain('Cannot use "--explain=json"')
  expect((await tsbuild.run('build', '--explain=yaml', context)).stderr).toContain('invalid value "yaml"')
})

test('an invalid remote cache is refused before the build starts', async () => {
  const refusal = async (...flags: string[]) => (await attempt(['RUN true'], ...flags)).stderr
  expect(await refusal('--cache-from=type=ghost')).toContain('unknown type "ghost"')
  expect(await refusal('--cache-from=type=registry')).toContain('"ref" is missing (expected ref=…)')
  expect(await refusal('--cache-to=type=local,dest=x,mod=max')).toContain('Did you mean "mode"?')
  expect(await refusal('--cache-to=type=local,dest=x,mode=mid')).toContain('expected min, max')
})

test('--jobs limits the number of concurrent steps', async () => {
  const stages = ['a', 'b'].flatMap((stage) => [`FROM busybox AS ${stage}`, `RUN echo ${stage} > /file`])
  const copies = ['a', 'b'].map((stage) => `COPY --from=${stage} /file /${stage}`)
  expect(await build([...stages, 'FROM busybox', ...copies], '--jobs=1')).toContain('waiting for other steps')
  const { stderr } = await attempt([], '--jobs=0')
  expect(stderr).toContain('Cannot read "--jobs 0": not a number of 1 or more')
})
