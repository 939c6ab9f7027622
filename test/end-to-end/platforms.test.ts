import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { smallestProgram } from '../../builder/run/foreign-programs.ts'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

const BOTH = 'linux/amd64,linux/arm64'
const DOCKER = 'application/vnd.docker.distribution'

/** Steps run on the platform of this machine, results are for the target platform. */
const CROSS = `FROM --platform=$BUILDPLATFORM busybox AS build
ARG TARGETPLATFORM
RUN echo "$TARGETPLATFORM" > /target
FROM --platform=$BUILDPLATFORM busybox AS shared
RUN echo shared > /shared && echo "shared once"
FROM scratch
COPY --from=build /target /target
COPY --from=shared /shared /shared
COPY file /file
`

let room = ''
let context = ''
let tsbuild: Tsbuild
let registry: RunningRegistry

beforeAll(async () => {
  room = temporaryDirectory('platforms')
  context = join(room, 'context')
  mkdirSync(context)
  writeFileSync(join(context, 'Dockerfile'), CROSS)
  writeFileSync(join(context, 'file'), 'a file\n')
  tsbuild = createTsbuild()
  await importBusybox(tsbuild)
  registry = await startRegistry()
})

interface Described {
  readonly mediaType: string
  readonly digest: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly platform?: { readonly architecture: string }
  readonly manifests?: readonly Described[]
}

function raw(image: string): Described {
  return JSON.parse(skopeo('inspect', '--raw', '--tls-verify=false', image))
}

function skopeo(...words: string[]): string {
  return execFileSync('skopeo', words, { encoding: 'utf8', stdio: 'pipe' })
}

function architectures({ manifests = [] }: Described): readonly (string | undefined)[] {
  return manifests.map(({ platform }) => platform?.architecture)
}

test('one build creates an image per platform, runs shared steps once, and is cached the second time', async () => {
  const first = await tsbuild.run('build', '--progress=plain', '--platform', BOTH, '-t', 'app', context)
  expect(first.exitCode, first.stderr).toBe(0)
  expect(first.stderr.match(/shared once$/gm)).toHaveLength(1)
  expect(first.stderr).toContain('[linux/amd64->arm64 build 2/2] RUN echo "linux/arm64" > /target')
  const rows = await tsbuild.ok('image', 'ls', 'app', '--format', '{{.Repository}}:{{.Tag}} {{.Platform}}')
  expect(rows.split('\n').sort()).toEqual(['app:latest linux/amd64', 'app:latest linux/arm64'])
  const inspect = (...words: string[]) => tsbuild.ok('image', 'inspect', 'app', '-f', '{{.Architecture}}', ...words)
  expect(await inspect()).toBe('amd64')
  expect(await inspect('--platform', 'linux/arm64')).toBe('arm64')
  expect((await tsbuild.run('image', 'inspect', 'app', '--platform', 'linux/s390x')).stderr).toContain(
    'the store has linux/amd64, linux/arm64',
  )
  const again = await tsbuild.run('build', '--explain', '--platform', BOTH, '-t', 'app', context)
  expect(again.stderr).not.toContain('missed')
  expect(again.stderr).toContain('hit')
})

test('push uploads the whole index, and pull fetches one platform of it; skopeo reads it', async () => {
  const name = `${registry.host}/team/app:1`
  await tsbuild.ok('build', '--platform', BOTH, '-t', name, context)
  const line = await tsbuild.ok('push', name)
  const digest = /digest: (sha256:[0-9a-f]{64})/.exec(line)?.[1] ?? ''
  expect(architectures(raw(`docker://${name}`))).toEqual(['amd64', 'arm64'])
  expect(await tsbuild.ok('image', 'inspect', name, '-f', '{{.RepoDigests}}')).toContain(digest)
  const copy = join(room, 'copied')
  skopeo('copy', '--all', '--src-tls-verify=false', `docker://${name}`, `oci:${copy}:1`)
  expect(architectures(raw(`oci:${copy}:1`))).toEqual(['amd64', 'arm64'])
  const other = createTsbuild()
  try {
    await other.ok('pull', '--quiet', '--platform', 'linux/arm64', name)
    expect(await other.ok('image', 'inspect', name, '-f', '{{.Architecture}}')).toBe('arm64')
    const dockerfile = `FROM ${name}\n`
    const out = join(room, 'pulled')
    await other.with({ input: dockerfile }).ok('build', '--platform', 'linux/arm64', '-o', out, '-')
    expect(readFileSync(join(out, 'target'), 'utf8')).toBe('linux/arm64\n')
  } finally {
    await other.close()
  }
})

test('a multi-platform base is fetched from its registry once, and needs no registry afterwards', async () => {
  const own = await startRegistry()
  const name = `${own.host}/base:1`
  const fresh = createTsbuild()
  try {
    await tsbuild.ok('build', '--platform', BOTH, '--push', '-t', name, context)
    const onBase = fresh.with({ input: `FROM ${name}\nCOPY <<EOF /more\nmore\nEOF\n` })
    const build = ['build', '--no-cache', '--platform', BOTH, '-o', join(room, 'on-base'), '-']
    await onBase.ok(...build)
    expect((await fresh.ok('image', 'ls', name, '--format', '{{.Platform}}')).split('\n').sort()).toEqual(
      BOTH.split(','),
    )
    await own.stop()
    await onBase.ok(...build)
    expect(readFileSync(join(room, 'on-base/linux_arm64/target'), 'utf8')).toBe('linux/arm64\n')
    const other = await onBase.run('build', '--platform', 'linux/s390x', '-')
    expect(other.stderr).toContain('the store has it for linux/a')
    const pulled = await onBase.run('build', '--pull', '-')
    expect(pulled.stderr).toContain('Cannot reach registry')
    expect(pulled.stderr).not.toContain('the store has it')
  } finally {
    await fresh.close()
  }
})

test('push --platform pushes one manifest, and build --push the index under every name', async () => {
  const [one, two] = [`${registry.host}/team/app:one`, `${registry.host}/team/app:two`]
  await tsbuild.ok('build', '--platform', BOTH, '--push', '-t', one, '-t', two, context)
  expect(raw(`docker://${one}`)).toEqual(raw(`docker://${two}`))
  expect(architectures(raw(`docker://${one}`))).toEqual(['amd64', 'arm64'])
  await tsbuild.ok('push', '--platform', 'linux/arm64', one)
  expect(raw(`docker://${one}`).manifests).toBeUndefined()
  expect(JSON.parse(skopeo('inspect', '--config', '--tls-verify=false', `docker://${one}`))).toMatchObject({
    architecture: 'arm64',
  })
  expect((await tsbuild.run('push', '--platform', 'linux/s390x', one)).stderr).toContain('the store has linux/amd64')
})

test('an OCI layout, or an archive of one, contains the index; skopeo copies and umoci unpacks an image of it', async () => {
  const [folder, archive] = [join(room, 'layout'), join(room, 'layout.tar')]
  await tsbuild.ok('build', '--platform', BOTH, '-t', 'app:x', '-o', `type=oci,dest=${archive}`, context)
  await tsbuild.ok('build', '--platform', BOTH, '-t', 'app:x', '-o', `type=oci,tar=false,dest=${folder}`, context)
  expect(raw(`oci-archive:${archive}`)).toEqual(raw(`oci:${folder}:x`))
  const arm = join(room, 'arm')
  skopeo('--override-arch=arm64', 'copy', `oci:${folder}:x`, `oci:${arm}:x`)
  execFileSync('umoci', ['unpack', '--image', `${arm}:x`, join(room, 'bundle')], { stdio: 'pipe' })
  expect(readFileSync(join(room, 'bundle/rootfs/target'), 'utf8')).toBe('linux/arm64\n')
  // The layout is a base for each platform.
  const out = join(room, 'on-layout')
  const build = ['build', '--platform', BOTH, '--build-context', `base=oci-layout://${folder}:x`, '-o', out, '-']
  await tsbuild.with({ input: 'FROM base\nCOPY <<EOF /more\nmore\nEOF\n' }).ok(...build)
  expect(readFileSync(join(out, 'linux_arm64/target'), 'utf8')).toBe('linux/arm64\n')
  expect(readFileSync(join(out, 'linux_amd64/target'), 'utf8')).toBe('linux/amd64\n')
})

test('files of each platform are in a separate directory', async () => {
  const [folder, archive] = [join(room, 'files'), join(room, 'files.tar')]
  await tsbuild.ok('build', '--platform', BOTH, '-o', folder, context)
  expect(readdirSync(folder).sort()).toEqual(['linux_amd64', 'linux_arm64'])
  await tsbuild.ok('build', '--platform', `${BOTH},linux/arm/v6`, '-o', `type=tar,dest=${archive}`, context)
  const names = execFileSync('tar', ['-tf', archive], { encoding: 'utf8' }).split('\n')
  expect(names).toEqual(expect.arrayContaining(['linux_amd64/target', 'linux_arm64/target', 'linux_arm_v6/target']))
  await tsbuild.ok('build', '-o', `type=local,dest=${room}/split,platform-split=true`, context)
  expect(readdirSync(join(room, 'split'))).toEqual(['linux_amd64'])
})

test('platform-split=false merges files of several platforms if their names differ', async () => {
  const own = join(room, 'own')
  mkdirSync(own)
  writeFileSync(join(own, 'Dockerfile'), 'FROM scratch\nARG TARGETARCH\nCOPY Dockerfile /bin/program-$TARGETARCH\n')
  const folder = join(room, 'merged')
  const build = (output: string, from: string) =>
    tsbuild.run('build', '--platform', BOTH, '-o', `${output},platform-split=false`, from)
  expect(await build(`type=local,dest=${folder}`, own)).toMatchObject({ exitCode: 0 })
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['bin', 'bin/program-amd64', 'bin/program-arm64'])
  const clash = await build(`type=local,dest=${room}/clash`, context)
  expect(clash.stderr).toContain(
    'Cannot write the files of linux/arm64 together with those of linux/amd64: both have "/file"',
  )
  expect(existsSync(join(room, 'clash'))).toBe(false)
})

test('a tar has a directory for each of several platforms, by name, whatever platform-split is', async () => {
  const archive = join(room, 'split.tar')
  const build = async (platforms: string, split: boolean) => {
    const output = `type=tar,dest=${archive},platform-split=${split}`
    await tsbuild.ok('build', '--platform', platforms, '-o', output, context)
    return execFileSync('tar', ['-tf', archive], { encoding: 'utf8' }).split('\n')
  }
  const names = await build('linux/arm64,linux/amd64', false)
  expect(names.filter((name) => name.endsWith('/target'))).toEqual(['linux_amd64/target', 'linux_arm64/target'])
  expect(await build('linux/arm64', true)).toContain('target')
})

test('platforms have no blanks and no empty names', async () => {
  for (const platforms of ['', 'linux/amd64, linux/arm64', 'linux/amd64,']) {
    const { exitCode, stderr } = await tsbuild.run('build', '--platform', platforms, '-o', join(room, 'none'), context)
    expect([exitCode, stderr], platforms).toEqual([65, expect.stringContaining('Cannot build for platform "')])
  }
})

test("several platforms with Docker's media types are a manifest list", async () => {
  const layout = join(room, 'docker-types')
  const output = `type=oci,dest=${layout},tar=false,oci-mediatypes=false`
  await tsbuild.ok('build', '--platform', BOTH, '-o', output, context)
  const read = (digest: string) => JSON.parse(readFileSync(join(layout, 'blobs', digest.replace(':', '/')), 'utf8'))
  const [top] = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')).manifests
  const list = read(top.digest)
  expect([top.mediaType, list.mediaType]).toEqual(Array(2).fill(`${DOCKER}.manifest.list.v2+json`))
  expect(list.manifests.map(({ mediaType }: { mediaType: string }) => mediaType)).toEqual(
    Array(2).fill(`${DOCKER}.manifest.v2+json`),
  )
})

test('BUILDKIT_MULTI_PLATFORM=1 creates an index and a directory for one platform, and =0 refuses several', async () => {
  const [folder, layout] = [join(room, 'forced'), join(room, 'forced-layout')]
  const build = (value: string, ...words: string[]) =>
    tsbuild.run('build', '--build-arg', `BUILDKIT_MULTI_PLATFORM=${value}`, ...words, context)
  const both = ['-o', folder, '-o', `type=oci,tar=false,dest=${layout}`]
  expect(
    await build('true', '--platform=linux/arm64', '-t', `${registry.host}/forced`, '--push', ...both),
  ).toMatchObject({
    exitCode: 0,
    stderr: expect.stringMatching(/\[linux\/amd64->arm64 build 2\/2\] RUN/),
  })
  expect(readdirSync(folder)).toEqual(['linux_arm64'])
  expect(architectures(raw(`oci:${layout}`))).toEqual(['arm64'])
  expect(architectures(raw(`docker://${registry.host}/forced`))).toEqual(['arm64'])
  expect((await build('1')).stderr).toContain('has no effect: the store keeps no index of one image')
  expect((await build('0', '--platform', BOTH)).stderr).toContain('allows a single platform only')
  expect((await build('perhaps')).stderr).toContain(
    'Cannot use "--build-arg BUILDKIT_MULTI_PLATFORM=perhaps": invalid value (expected true or false)',
  )
  expect((await build('t', '-o', `type=docker,dest=${room}/no.tar`)).stderr).toContain('holds a single platform')
})

test('the graph of several platforms shows shared steps once, and a result for each platform', async () => {
  const graph = (...words: string[]) => tsbuild.ok('graph', '--platform', BOTH, ...words, context)
  const text = await graph()
  expect(text.match(/^#\d+ +\[.*RUN echo shared/gm)).toHaveLength(1)
  expect(text).toMatch(/\nresult for linux\/amd64: #\d+\nresult for linux\/arm64: #\d+$/)
  const data = JSON.parse(await graph('--format', 'json'))
  expect(Object.keys(data.platforms)).toEqual(BOTH.split(','))
  const { result, image } = data.platforms['linux/arm64']
  expect(image.architecture).toBe('arm64')
  expect(data.nodes.map(({ digest }: Described) => digest)).toContain(result)
  const drawing = await graph('--format', 'svg')
  expect(drawing.match(/, result for linux\/(?:amd|arm)64</g)).toHaveLength(2)
  expect(drawing.match(/<rect /g)).toHaveLength(data.nodes.length)
})

test('outputs for a single platform are refused before a multi-platform build starts', async () => {
  const attempt = (...words: string[]) =>
    tsbuild.run('build', '--progress=plain', '--platform', BOTH, ...words, context)
  const docker = await attempt('-o', `type=docker,dest=${room}/no.tar`)
  expect(docker.exitCode).not.toBe(0)
  expect(docker.stderr).toContain('Cannot write several platforms with type=docker')
  expect(docker.stderr).not.toContain('#1 ')
  expect((await tsbuild.run('build', '--platform', 'linux/amd64,nonsense', context)).stderr).toContain(
    'Cannot build for platform "nonsense"',
  )
})

test('tag, save and image rm act on all platforms of a name', async () => {
  await tsbuild.ok('build', '--platform', BOTH, '-t', 'set:1', context)
  await tsbuild.ok('tag', 'set:1', 'set:2')
  const archive = join(room, 'set.tar')
  expect((await tsbuild.run('save', '-o', archive, 'set:2')).stderr).toContain(
    'Docker archive contains a single platform',
  )
  await tsbuild.ok('save', '--format', 'oci', '-o', archive, 'set:2')
  expect(architectures(raw(`oci-archive:${archive}`))).toEqual(['amd64', 'arm64'])
  const other = createTsbuild()
  try {
    const platforms = () => other.ok('image', 'ls', 'set', '--format', '{{.Platform}}')
    expect(await other.ok('load', '--platform', 'linux/arm64', '-i', archive)).toBe('Loaded image: set:2')
    expect(await platforms()).toBe('linux/arm64')
    expect(await other.ok('load', '-i', archive)).toBe('Loaded image: set:2')
    expect((await platforms()).split('\n').sort()).toEqual(BOTH.split(','))
  } finally {
    await other.close()
  }
  await tsbuild.ok('save', '--platform', 'linux/arm64', '-o', archive, 'set:2')
  expect(JSON.parse(skopeo('inspect', '--config', `docker-archive:${archive}`))).toMatchObject({
    architecture: 'arm64',
  })
  expect(await tsbuild.ok('image', 'rm', 'set:1')).toBe('Untagged: set:1')
  await tsbuild.ok('image', 'prune', '--force')
  expect(await tsbuild.ok('image', 'ls', '-q', 'set:2')).toMatch(/^\w+\n\w+$/)
  await tsbuild.ok('image', 'rm', 'app', 'set:2')
  expect(await tsbuild.ok('image', 'ls', '-q', 'set')).toBe('')
})

test('annotations are written at their level', async () => {
  const folder = join(room, 'annotated')
  const given = [
    'plain=1',
    'manifest[linux/arm64]:arm=2',
    'index:top=3',
    'manifest-descriptor[linux/amd64],manifest-descriptor[linux/arm64]:entry=4',
    'index-descriptor:layout=5',
  ]
  const flags = given.flatMap((one) => ['--annotation', one])
  await tsbuild.ok('build', '--platform', BOTH, ...flags, '-o', `type=oci,tar=false,dest=${folder}`, context)
  const layout: Described = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'))
  expect(layout.manifests?.[0]?.annotations).toMatchObject({ layout: '5' })
  const index = raw(`oci:${folder}`)
  expect(index).toMatchObject({
    annotations: { top: '3' },
    manifests: [{}, {}].map(() => ({ annotations: { entry: '4' } })),
  })
  const [amd, arm] = (index.manifests ?? []).map(({ digest }) => blob(folder, digest).annotations)
  expect([amd, arm]).toEqual([{ plain: '1' }, { plain: '1', arm: '2' }])
  const pushed = ['--push', '-t', `${registry.host}/annotated`, '--annotation', 'index-descriptor:a=b']
  expect((await tsbuild.run('build', '--platform', BOTH, ...pushed, context)).stderr).toContain(
    'only a layout can store',
  )
})

function blob(layout: string, digest: string): Described {
  return JSON.parse(readFileSync(join(layout, 'blobs/sha256', digest.replace('sha256:', '')), 'utf8'))
}

test('an image based on a layout is reproducible, and keeps the layers of the layout unchanged', async () => {
  const base = join(room, 'base-layout')
  const made = { input: 'FROM busybox\nRUN echo base > /base\n' }
  await tsbuild.with(made).ok('build', '-o', `type=oci,tar=false,dest=${base}`, '-')
  const layersOf = (image: string) => (JSON.parse(skopeo('inspect', image)) as { Layers: readonly string[] }).Layers
  const built: string[] = []
  for (const name of ['first', 'second']) {
    const fresh = createTsbuild({ SOURCE_DATE_EPOCH: '1500000000' })
    const archive = join(room, `${name}.tar`)
    const words = [
      '--build-context',
      `base=oci-layout://${base}`,
      '-o',
      `type=oci,dest=${archive},rewrite-timestamp=true`,
    ]
    try {
      await fresh
        .with({ input: 'FROM base\nRUN date > /date; rm /date; echo more > /more\n' })
        .ok('build', ...words, '-')
    } finally {
      await fresh.close()
    }
    expect(layersOf(`oci-archive:${archive}`).slice(0, 2)).toEqual(layersOf(`oci:${base}`))
    built.push(skopeo('inspect', '--raw', `oci-archive:${archive}`))
  }
  expect(built[0]).toBe(built[1])
})

test('the same sources and SOURCE_DATE_EPOCH give the same index on every machine at any time', async () => {
  const digests: string[] = []
  for (const fileTime of [1_600_000_000, 1_700_000_000]) {
    utimesSync(join(context, 'file'), fileTime, fileTime)
    const fresh = createTsbuild({ SOURCE_DATE_EPOCH: '1500000000' })
    const archive = join(room, `${fileTime}.tar`)
    try {
      await tsbuild.ok('save', '-o', join(room, 'base.tar'), 'busybox')
      await fresh.ok('load', '-i', join(room, 'base.tar'))
      await fresh.ok('build', '--platform', BOTH, '-o', `type=oci,dest=${archive},rewrite-timestamp=true`, context)
    } finally {
      await fresh.close()
    }
    digests.push(JSON.stringify(raw(`oci-archive:${archive}`)))
  }
  expect(digests[0]).toBe(digests[1])
})

const FOREIGN = `FROM scratch
COPY program /program
RUN ["/program"]
`

function foreignContext(architecture: string): string {
  const folder = mkdtempSync(join(room, 'foreign-'))
  writeFileSync(join(folder, 'Dockerfile'), FOREIGN)
  writeFileSync(join(folder, 'program'), smallestProgram(architecture) ?? '', { mode: 0o755 })
  return folder
}

test('RUN for a platform that cannot run here is refused at once, COPY is not', async () => {
  const folder = foreignContext('s390x')
  const { exitCode, stderr } = await withHandlers(() =>
    tsbuild.run('build', '--progress=plain', '--platform', 'linux/s390x', folder),
  )
  expect(exitCode).toBe(78)
  expect(stderr).toContain('>>> RUN ["/program"]')
  expect(stderr).toContain('this machine cannot run programs for linux/s390x')
  expect(stderr).toContain('qemu-user-static')
  expect(stderr).not.toContain('COPY program /program\n#')
  writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY program /program\n')
  await tsbuild.ok('build', '--platform', 'linux/s390x', folder)
})

test('files for Windows can be exported, an image for Windows is refused', async () => {
  const folder = foreignContext('windows')
  writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY program /program.exe\n')
  const { exitCode, stderr } = await tsbuild.run('build', '--platform', 'windows/amd64', folder)
  expect(exitCode).toBe(78)
  expect(stderr).toContain('the image is for windows (expected linux)')
  const output = join(room, 'for-windows')
  await tsbuild.ok('build', '--platform', 'windows/amd64', '-o', `type=local,dest=${output}`, folder)
  expect(readdirSync(output)).toEqual(['program.exe'])
})

test('RUN works for platforms of the processor and of emulators in binfmt_misc that steps can reach', async () => {
  await tsbuild.ok('build', '--no-cache', '--platform', 'linux/386', foreignContext('386'))
  const emulator = join(room, 'emulator')
  writeFileSync(emulator, smallestProgram('amd64') ?? '', { mode: 0o755 })
  const folder = foreignContext('s390x')
  const build = () => tsbuild.run('build', '--no-cache', '--platform', 'linux/s390x', folder)
  expect(await withHandlers(build, { emulator, flags: 'F' })).toMatchObject({ exitCode: 0 })
  const { stderr } = await withHandlers(build, { emulator, flags: '' })
  expect(stderr).toContain('this machine cannot run programs for linux/s390x')
})

/** SPEC: ELF header: 64 bits, big-endian, executable, EM_S390. */
const S390X = [0x7f, 0x45, 0x4c, 0x46, 2, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0x16]

/** Runs `use` while this is the only binfmt_misc handler of s390x programs. */
async function withHandlers<Result>(
  use: () => Promise<Result>,
  only?: { readonly emulator: string; readonly flags: string },
): Promise<Result> {
  const place = mkdtempSync(join(room, 'binfmt-'))
  execFileSync('mount', ['-t', 'binfmt_misc', 'binfmt_misc', place])
  const name = `tsbuild-test-${process.pid}`
  const tell = (file: string, command: string) => writeFileSync(join(place, file), command)
  const others = readdirSync(place).filter(
    (one) => one !== 'register' && /^magic 7f454c4602[0-9a-f]+0016$/m.test(readFileSync(join(place, one), 'utf8')),
  )
  try {
    for (const other of others) tell(other, '0')
    if (only !== undefined) {
      const escaped = (bytes: readonly number[]) =>
        bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
      const mask = S390X.map((_, position) => (position === 7 ? 0 : 0xff))
      tell('register', `:${name}:M::${escaped(S390X)}:${escaped(mask)}:${only.emulator}:${only.flags}`)
    }
    return await use()
  } finally {
    if (existsSync(join(place, name))) tell(name, '-1')
    for (const other of others) tell(other, '1')
    execFileSync('umount', [place])
    rmdirSync(place)
  }
}

test('without --platform, the image has the platform of its base', async () => {
  const on = (name: string) => tsbuild.with({ input: `FROM ${name}\nCOPY <<file /\ntext\nfile\n` })
  await on('scratch').ok('build', '--platform=linux/arm/v6', '-t', 'arm', '-')
  const platformOf = (name: string) => tsbuild.ok('image', 'inspect', '-f', '{{.Architecture}}', name)
  await on('--platform=linux/arm/v6 arm').ok('build', '-t', 'on-arm', '-')
  expect(await platformOf('on-arm')).toBe('arm')
  await on('--platform=linux/arm/v6 arm').ok('build', '--platform=linux/amd64', '-t', 'for-amd', '-')
  expect(await platformOf('for-amd')).toBe('amd64')
})
