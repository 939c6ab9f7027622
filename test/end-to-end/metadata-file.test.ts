import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

let room = ''
let tsbuild: Tsbuild
let registry: RunningRegistry
let server: Server
let baseDigest = ''
let daemon: ChildProcess | undefined

beforeAll(async () => {
  room = temporaryDirectory('metadata')
  tsbuild = createTsbuild()
  await importBusybox(tsbuild)
  registry = await startRegistry()
  await tsbuild.ok('tag', 'busybox', `${registry.host}/base:1`)
  baseDigest = /sha256:[0-9a-f]{64}/.exec(await tsbuild.ok('push', `${registry.host}/base:1`))?.[0] ?? ''
  server = createServer((_, response) => response.end('downloaded\n'))
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle))
})

afterAll(async () => {
  server.close()
  daemon?.kill()
})

type Metadata = Readonly<Record<string, unknown>>

async function build(dockerfile: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Metadata> {
  const file = join(room, 'metadata.json')
  await tsbuild.with({ input: dockerfile, env }).ok('build', '--metadata-file', file, ...words)
  return JSON.parse(readFileSync(file, 'utf8'))
}

const FROM_BASE = () =>
  `FROM ${registry.host}/base:1\nARG COLOUR\nRUN --mount=type=secret,id=key echo "$COLOUR" > /made\n`

test('a pushed image is described by its manifest, as skopeo sees it', async () => {
  const name = `${registry.host}/app:1`
  const words = ['--push', '-t', name, '-t', `${name}-too`, '--annotation', 'manifest:a=b', '-']
  const metadata = await build('FROM busybox\nENV A=1\n', words)
  const seen = execFileSync('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${name}`])
  const digest = `sha256:${createHash('sha256').update(seen).digest('hex')}`
  const manifest: { config: { digest: string }; mediaType: string } = JSON.parse(seen.toString())
  expect(metadata).toMatchObject({
    'containerimage.config.digest': manifest.config.digest,
    'containerimage.digest': digest,
    'containerimage.descriptor': {
      mediaType: manifest.mediaType,
      digest,
      size: seen.length,
      platform: { os: 'linux', architecture: 'amd64' },
    },
    'image.name': `${name},${name}-too`,
    'buildx.build.ref': expect.stringMatching(/^tsbuild\/local\/[0-9a-f]{25}$/),
  })
})

test.each([
  ['--metadata-file', '/no/such/directory/file', 'no such file or directory'],
  ['--iidfile', '/no/such/directory/file', 'no such file or directory'],
  ['--metadata-file', '/tmp', 'is a directory'],
  ['--metadata-file', '/dev/null/file', 'not a directory'],
  ['--iidfile', '/proc/sys/kernel/ostype', 'permission denied'],
])('nothing is pushed if %s cannot be written to %s', async (flag, file, found) => {
  const name = `${registry.host}/unwritten:1`
  const input = 'FROM busybox\nENV A=9\n'
  const { exitCode, stderr } = await tsbuild.with({ input }).run('build', '--push', '-t', name, flag, file, '-')
  expect([exitCode, stderr]).toEqual([73, `ERROR: Cannot write "${file}": ${found}\n`])
  const { status } = await fetch(`http://${registry.host}/v2/unwritten/tags/list`)
  expect(status).toBe(404)
})

test.each(['oci', 'docker'])('an archive of type %s has its whole name', async (type) => {
  const output = ['-o', `type=${type},dest=${join(room, 'named.tar')}`, '-t', 'app:one', '-']
  expect(await build('FROM busybox\nENV A=5\n', output)).toMatchObject({ 'image.name': 'docker.io/library/app:one' })
})

test('nothing is pushed if another output cannot be written, in whichever order they are', async () => {
  const name = `${registry.host}/unpushed:1`
  const outputs = ['-o', `type=registry,name=${name}`, '-o', 'type=oci,dest=/dev/full']
  const ended = await tsbuild.with({ input: 'FROM busybox\nENV A=6\n' }).run('build', ...outputs, '-')
  expect(ended).toMatchObject({ exitCode: 73, stderr: expect.stringContaining('no space left on device') })
  expect((await fetch(`http://${registry.host}/v2/unpushed/tags/list`)).status).toBe(404)
})

test('the metadata file can be in a directory that the build creates', async () => {
  const output = join(room, 'created')
  const input = 'FROM scratch\nCOPY <<EOF /file\n\nEOF\n'
  await tsbuild.with({ input }).ok('build', '-o', output, '--metadata-file', join(output, 'metadata.json'), '-')
  expect(JSON.parse(readFileSync(join(output, 'metadata.json'), 'utf8'))).toHaveProperty(['buildx.build.ref'])
})

test('provenance names the Dockerfile, and no directory of this machine', async () => {
  const directory = join(room, 'project')
  mkdirSync(join(directory, 'docker'), { recursive: true })
  const dockerfile = join(directory, 'docker', 'App.Dockerfile')
  writeFileSync(dockerfile, 'FROM scratch\nCOPY docker /\n')
  for (const mode of ['min', 'max']) {
    const metadata = await build('', ['-f', dockerfile, directory], { BUILDX_METADATA_PROVENANCE: mode })
    expect(metadata['buildx.build.provenance']).toMatchObject({
      invocation: { configSource: { entryPoint: 'App.Dockerfile' } },
    })
    expect(JSON.stringify(metadata)).not.toContain(room)
  }
})

test('an image in the store is described by its ID, exported files by nothing', async () => {
  const metadata = await build('FROM busybox\nENV A=2\n', ['-t', 'kept', '-'])
  const id = await tsbuild.ok('image', 'inspect', 'kept', '-f', '{{.Id}}')
  expect(metadata).toMatchObject({ 'containerimage.config.digest': id, 'containerimage.digest': id })
  expect(metadata).not.toHaveProperty(['containerimage.descriptor'])
  const files = await build('FROM busybox\nENV A=2\n', ['-o', join(room, 'files'), '-'])
  expect(Object.keys(files)).toEqual(['buildx.build.provenance', 'buildx.build.ref'])
})

test('a multi-platform build has the digest of the index, and provenance for each platform', async () => {
  const words = ['--platform', 'linux/amd64,linux/arm64', '-o', `type=oci,dest=${room}/two.tar`]
  const metadata = await build('FROM scratch\nENV A=1\n', [...words, '-'])
  expect(Object.keys(metadata)).toEqual([
    'buildx.build.provenance/linux/amd64',
    'buildx.build.provenance/linux/arm64',
    'buildx.build.ref',
    'containerimage.descriptor',
    'containerimage.digest',
  ])
  const isOff = { BUILDX_METADATA_PROVENANCE: 'disabled' }
  const kept = await build('FROM scratch\nENV A=1\n', [...words.slice(0, 2), '-'], isOff)
  expect(Object.keys(kept)).toEqual(['buildx.build.ref'])
  expect(metadata).toMatchObject({
    'buildx.build.provenance/linux/arm64': { invocation: { environment: { platform: 'linux/arm64' } } },
    'containerimage.descriptor': { mediaType: 'application/vnd.oci.image.index.v1+json' },
  })
})

test('materials are the base, the repository and the download of the build', async () => {
  const repository = join(room, 'repositories', 'one.git')
  mkdirSync(repository, { recursive: true })
  writeFileSync(join(repository, 'file'), 'a file\n')
  writeFileSync(join(repository, 'Dockerfile'), 'FROM scratch\nCOPY file /\n')
  mkdirSync(join(repository, 'sub'))
  writeFileSync(join(repository, 'sub/Dockerfile'), 'FROM scratch\nCOPY . /\n')
  const git = (...words: string[]) =>
    execFileSync('git', ['-C', repository, '-c', 'user.name=a', '-c', 'user.email=b', ...words], { encoding: 'utf8' })
  git('init', '--quiet', '--initial-branch=main')
  git('add', '.')
  git('commit', '--quiet', '--message', 'first')
  const material = {
    uri: `${await gitServer(join(room, 'repositories'))}/one.git#main`,
    digest: { sha1: git('rev-parse', 'HEAD').trim() },
  }
  const download = `http://me:secret@127.0.0.1:${(server.address() as AddressInfo).port}/file.txt`
  const dockerfile = `FROM ${registry.host}/base:1\nCOPY --from=source file /\nADD ${download} /\n`
  const metadata = await build(dockerfile, ['--build-context', `source=${material.uri}`, '-'])
  expect(metadata['buildx.build.provenance']).toMatchObject({
    builder: { id: expect.stringMatching(/^pkg:npm\/tsbuild@/) },
    materials: [
      {
        uri: `pkg:docker/${registry.host}/base@1?platform=linux%2Famd64`,
        digest: { sha256: baseDigest.replace('sha256:', '') },
      },
      material,
      {
        uri: download.replace('me:secret@', ''),
        digest: { sha256: createHash('sha256').update('downloaded\n').digest('hex') },
      },
    ],
  })
  expect(JSON.stringify(metadata)).not.toContain('me:secret')
  const ofContext = await build('', [material.uri])
  expect(ofContext['buildx.build.provenance']).toMatchObject({
    materials: [material],
    invocation: { configSource: { ...material, entryPoint: 'Dockerfile' } },
  })
  const ofDirectory = await build('', [`${material.uri}:sub`])
  expect(ofDirectory['buildx.build.provenance']).toMatchObject({
    materials: [material],
    invocation: { configSource: { ...material, uri: `${material.uri}:sub`, entryPoint: 'Dockerfile' } },
  })
})

/** `git daemon` on a free port, stopped after the tests. */
async function gitServer(folder: string): Promise<string> {
  const port = await freePort()
  const words = ['daemon', '--verbose', '--export-all', `--base-path=${folder}`, '--listen=127.0.0.1', `--port=${port}`]
  daemon = spawn('setpriv', ['--pdeathsig', 'KILL', 'git', ...words], { stdio: ['ignore', 'ignore', 'pipe'] })
  await once(daemon.stderr ?? daemon, 'data') // it is ready
  return `git://127.0.0.1:${port}`
}

test('SECURITY: build arguments and secret IDs are included only with mode=max, secret values and proxies never', async () => {
  writeFileSync(join(room, 'key'), 'the value of the key')
  const words = [
    ...['--build-arg', 'COLOUR=red', '--build-arg', 'https_proxy=http://u:proxied@127.0.0.1:1'],
    ...['--label', 'team=blue', '--secret', `id=key,src=${room}/key`, '-'],
  ]
  const min = JSON.stringify(await build(FROM_BASE(), words))
  expect(min).not.toMatch(/red|blue|"key"|proxied|the value|buildFinishedOn|buildConfig/)
  const max = await build(FROM_BASE(), words, { BUILDX_METADATA_PROVENANCE: 'max' })
  expect(max['buildx.build.provenance']).toMatchObject({
    invocation: {
      parameters: {
        args: { 'build-arg:COLOUR': 'red', 'label:team': 'blue' },
        secrets: [{ id: 'key', optional: true }],
      },
    },
    buildConfig: { dockerfile: FROM_BASE(), steps: [{ id: 'step0' }, { id: 'step1', inputs: ['step0'] }] },
    metadata: { completeness: { parameters: true, materials: false } },
  })
  expect(JSON.stringify(max)).not.toMatch(/proxied|the value/)
  const none = await build(FROM_BASE(), words, { BUILDX_METADATA_PROVENANCE: 'disabled' })
  expect(none).not.toHaveProperty(['buildx.build.provenance'])
  const wrong = tsbuild.with({ input: FROM_BASE(), env: { BUILDX_METADATA_PROVENANCE: 'some' } })
  expect((await wrong.run('build', '--metadata-file', join(room, 'x'), '-')).stderr).toContain(
    'expected min, max or disabled',
  )
})

test('a call that builds nothing writes its result with the keys of buildx', async () => {
  const check = await build('FROM scratch\n', ['--call=check', '-'])
  expect(check).toEqual({
    'result.json': expect.objectContaining({ warnings: null }),
    'result.statuscode': '0',
    'result.txt': '',
    version: '1.0.0',
  })
  const targets = await build('FROM scratch AS one\n', ['--call=targets', '-'])
  expect(targets).toMatchObject({ 'result.json': { targets: [{ name: 'one' }] }, version: '1.0.0' })
})

test('warnings have the form of buildx', async () => {
  const withWarnings = tsbuild.with({
    env: { BUILDX_METADATA_WARNINGS: '1' },
    input: 'FROM busybox\nENV name app\n',
  })
  const file = join(room, 'warnings.json')
  await withWarnings.ok('build', '--metadata-file', file, '-')
  const message = 'LegacyKeyValueFormat: ENV separates name and value with a space (expected an equals sign) (line 2)'
  const { 'buildx.build.warnings': warnings } = JSON.parse(readFileSync(file, 'utf8'))
  expect(warnings).toEqual([
    {
      vertex: expect.stringMatching(/^sha256:/),
      level: 1,
      short: Buffer.from(message).toString('base64'),
      detail: [expect.any(String)],
      url: 'https://docs.docker.com/go/dockerfile/rule/legacy-key-value-format/',
      sourceInfo: expect.objectContaining({ language: 'Dockerfile' }),
      range: [{ start: { line: 2 }, end: { line: 2 } }],
    },
  ])
})
