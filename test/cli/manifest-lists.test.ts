import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { MediaType, parseReference } from '../../image-spec/index.ts'
import type { RegistryClient } from '../../registry/index.ts'
import { anonymousClient } from '../registry/blob-samples.ts'
import { rawTar } from '../support/raw-tar.ts'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { runInProcess } from './support/run-in-process.ts'

const root = temporaryDirectory('cli')
const run = (line: string, stdin?: Uint8Array) =>
  runInProcess(line.split(' '), { root, env: { DOCKER_CONFIG: join(root, 'docker') }, ...(stdin && { stdin }) })
let registry: RunningRegistry
let other: RunningRegistry
let client: RegistryClient
let list: string
let images: readonly [string, string]

beforeAll(async () => {
  ;[registry, other] = await Promise.all([startRegistry(), startRegistry()])
  client = anonymousClient()
  list = `${registry.host}/team/all:1`
  images = [`${registry.host}/team/one:1`, `${other.host}/team/two:1`]
  for (const [position, name] of images.entries()) {
    await run(`import - ${name}`, rawTar([{ name: 'file', data: `of ${position}` }]))
    await run(`push ${name}`)
  }
})
test('create, annotate, inspect, push and rm work', async () => {
  expect((await run(`manifest create ${list} ${images.join(' ')}`)).stdout).toBe(`Created manifest list ${list}\n`)
  const annotate = `manifest annotate --os linux --arch arm --variant v6 --os-version 1.2 --os-features a,b ${list} ${images[1]}`
  expect(await run(annotate)).toEqual({ code: 0, stdout: '', stderr: '' })
  const inspected = JSON.parse((await run(`manifest inspect ${list}`)).stdout)
  expect(inspected.manifests).toMatchObject([
    { platform: { os: 'linux' } },
    { platform: { os: 'linux', architecture: 'arm', variant: 'v6', 'os.version': '1.2', 'os.features': ['a', 'b'] } },
  ])
  const pushed = await run(`manifest push -p ${list}`)
  expect(pushed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^sha256:[0-9a-f]{64}\n$/) })
  const { digest, mediaType } = await client.resolve(parseReference(list))
  expect([digest, mediaType]).toEqual([pushed.stdout.trim(), MediaType.ociIndex])
  const arm = await run(`image inspect --remote --platform linux/arm/v6 -f {{.ManifestDigest}} ${list}`)
  expect(arm.stdout).toBe(`${inspected.manifests[1].digest}\n`)
  expect(await run(`pull --platform linux/arm/v6 ${list}`)).toMatchObject({ code: 0 }) // its layers are in this repository
  expect(await run(`manifest rm ${list}`)).toMatchObject({ code: 1 })
  expect(JSON.parse((await run(`manifest inspect ${list}`)).stdout).manifests).toHaveLength(2)
  const verbose = JSON.parse((await run(`manifest inspect -v ${list}`)).stdout)
  expect(verbose).toMatchObject([
    { Ref: `${registry.host}/team/all@${inspected.manifests[0].digest}`, OCIManifest: { schemaVersion: 2 } },
    { Descriptor: { platform: { architecture: 'arm' } } },
  ])
})

test('an existing list is changed only with --amend', async () => {
  const name = `${registry.host}/team/amended:1`
  await run(`manifest create ${name} ${images[0]}`)
  expect(await run(`manifest create ${name} ${images[1]}`)).toMatchObject({ code: 1, stdout: '' })
  expect(await run(`manifest create --amend ${name} ${images[1]} ${images[0]}`)).toMatchObject({ code: 0 })
  const all = JSON.parse((await run(`manifest inspect ${name}`)).stdout)
  expect(all.manifests).toHaveLength(2)
  const entry = JSON.parse((await run(`manifest inspect ${name} ${images[0]}`)).stdout)
  expect(entry).toMatchObject({ mediaType: MediaType.ociManifest, layers: [{}] })
  expect((await run(`manifest rm ${name}`)).stdout).toBe(`${name}\n`)
})

test('images with Docker manifests get a Docker manifest list', async () => {
  const name = `${registry.host}/team/docker`
  await run(`push --format docker --destination ${name}:1 ${images[0]}`)
  await run(`manifest create ${name}:all ${name}:1`)
  await run(`manifest push ${name}:all`)
  expect((await client.resolve(parseReference(`${name}:all`))).mediaType).toBe(MediaType.dockerManifestList)
})

test.each([
  ['create {list}2 {one}@sha256:00', 2, 'digest'],
  ['create {list}2 {host}/team/none:1', 1, 'the registry returned 404'],
  ['create {list}3 {list}', 76, 'it is an index'],
  ['annotate --os linux {list}4 {one}', 1, 'no such manifest list'],
  ['push {list}4', 1, 'no such manifest list'],
  ['annotate {list} {one}', 2, 'nothing to set'],
  ['annotate --arch amd46 {list} {one}', 2, 'Did you mean "amd64"?'],
  ['annotate --arch x86_64 {list} {one}', 2, 'invalid value "x86_64"'],
  ['annotate --os linus {list} {one}', 2, 'Did you mean "linux"?'],
])('manifest %s is refused', async (line, code, message) => {
  const filled = line.replaceAll('{list}', list).replaceAll('{one}', images[0]).replaceAll('{host}', registry.host)
  const outcome = await run(`manifest ${filled}`)
  expect([outcome.code, outcome.stderr]).toEqual([code, expect.stringContaining(message)])
})

test.each(['--insecure', '--tls-verify=false'])(
  'push %s also applies to the registries of the images',
  async (flag) => {
    // Another address of this machine that is not loopback by name: TLS is required.
    const [own, elsewhere] = [registry, other].map(({ host }) => host.replace('127.0.0.1', '0.0.0.0'))
    const name = `${own}/team/insecure:1`
    const image = `${elsewhere}/team/two:1`
    expect(await run(`manifest create --insecure-registry ${elsewhere} ${name} ${image}`)).toMatchObject({ code: 0 })
    expect(await run(`manifest push -p ${flag} ${name}`)).toMatchObject({ code: 0 })
  },
)
