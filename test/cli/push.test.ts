import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Manifest, MediaType, parseReference } from '../../image-spec/index.ts'
import type { RegistryClient } from '../../registry/index.ts'
import { anonymousClient, blobOf, opener } from '../registry/blob-samples.ts'
import { startFaultRegistry } from '../support/fault-registry.ts'
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

beforeAll(async () => {
  ;[registry, other] = await Promise.all([startRegistry(), startRegistry()])
  client = anonymousClient()
  await run('import - local/app', rawTar([{ name: 'file', data: 'content '.repeat(5000) }]))
})
test.each([
  ['refuses', 'the registry returned 403'],
  ['cannot be reached', 'Cannot reach registry'],
])('a blob that a registry %s is named with the name that is pushed', async (_, found) => {
  const refusing = await startFaultRegistry()
  refusing.faults.push(({ method }, response) => {
    if (method === 'POST') response.writeHead(403).end()
    return method === 'POST'
  })
  if (found.startsWith('Cannot')) await refusing.stop()
  const name = `${refusing.host}/team/app:1`
  const { stderr } = await run(`push --destination ${name} local/app`)
  expect(stderr).toMatch(new RegExp(`Cannot push "${name}": blob sha256:[0-9a-f]{64}: .*${found}`))
  if (!found.startsWith('Cannot')) await refusing.stop()
})

describe('several destinations', () => {
  test('on one registry get the blobs once, on another one as well', async () => {
    const to = [`${registry.host}/one/app:1`, `${registry.host}/two/app:1`, `${other.host}/app:2`]
    const { code, stdout, stderr } = await run(`push ${to.map((name) => `--destination ${name}`).join(' ')} local/app`)
    expect({ code, stderr: stderr.includes('ERROR') }).toEqual({ code: 0, stderr: false })
    const parts = stderr.match(/^#1 (?:Existing |Mounted )?[0-9a-f]{12} /gm) ?? []
    expect(parts.filter((line) => line.startsWith('#1 Mounted '))).toHaveLength(1) // the layer in the second repository
    expect((await run(`push --destination ${to[0]} local/app`)).stderr).toMatch(/^#1 Existing [0-9a-f]{12} /m)
    const digests = stdout.trim().split('\n')
    expect(digests.map((line) => line.split(': digest: ')[0])).toEqual(to)
    expect(new Set(digests.map((line) => line.split(': digest: ')[1])).size).toBe(1)
    const sent = registry
      .log()
      .split('\n')
      .filter((line) => /\bPUT\b.*\/blobs\/uploads\//.test(line))
    expect(sent.some((line) => line.includes('one/app'))).toBe(true)
    expect(sent.filter((line) => line.includes('two/app'))).toEqual([])
    for (const name of to) expect((await client.resolve(parseReference(name))).digest).toMatch(/^sha256:/)
  })

  test('all names are attempted, and the exit code is that of the last failure', async () => {
    await run(`tag local/app ${registry.host}/names/a:1`)
    await run(`tag local/app ${registry.host}/names/b:1`)
    const none = '127.0.0.1:9/x/y:1'
    await run(`tag local/app ${none}`)
    const { code, stdout } = await run(`push ${registry.host}/names/a:1 ${none} ${registry.host}/names/b:1`)
    expect(code).toBe(69)
    expect(stdout.match(/^\S+:1: digest: /gm)).toHaveLength(2)
  })

  test.each([
    ['--destination a/b:1 local/app local/two', 'Cannot use "--destination" with several images (expected one image)'],
    ['--destination a/b:1 -a local/app', 'Cannot use "--destination" with "--all-tags" (expected one image)'],
    ['-a local/app:1', 'Cannot use "--all-tags" with a tag'],
  ])('push %s is refused', async (line, message) => {
    const { code, stderr } = await run(`push ${line}`)
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) })
  })
})

describe('a build that is pushed by digest', () => {
  const context = () => join(root, 'by-digest')
  const build = (line: string) => run(`build ${line} ${context()}`)
  beforeAll(async () => {
    await mkdir(context())
    await writeFile(join(context(), 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n')
  })

  test('is in the registry and the store without a tag, as for jobs that build one platform each', async () => {
    const name = `${registry.host}/matrix/app`
    const output = `type=image,name=${name},push-by-digest=true,name-canonical=true,push=true`
    const { code, stderr } = await build(`-o ${output} --metadata-file ${join(root, 'metadata')}`)
    expect({ code, stderr }).toMatchObject({ code: 0 })
    const metadata = JSON.parse(await readFile(join(root, 'metadata'), 'utf8'))
    const digest = metadata['containerimage.digest']
    expect(metadata['image.name']).toBe(name)
    expect(stderr).toContain(`Pushed  ${name}@${digest}`)
    expect(stderr).not.toContain('Tagged')
    expect((await client.resolve(parseReference(`${name}@${digest}`))).digest).toBe(digest)
    expect(await client.listTags(parseReference(name)).catch(() => [])).toEqual([])
    expect((await run('image ls')).stdout).not.toMatch(/matrix\/app +latest/)
    await run(`manifest create ${name}:all ${name}@${digest}`)
    expect(await run(`manifest push ${name}:all`)).toMatchObject({ code: 0 })
  })

  test.each([':1', `@sha256:${'0'.repeat(64)}`])(
    'needs a name without a tag and a digest: %s is refused',
    async (end) => {
      const { code, stderr } = await build(`-o type=registry,push-by-digest=true -t ${registry.host}/matrix/app${end}`)
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringMatching(/by digest: the name has a (tag|digest)/),
      })
    },
  )

  test('registry.insecure=true of an output or cache allows plain HTTP for this build', async () => {
    const plain = registry.host.replace('127.0.0.1', '0.0.0.0')
    const flags = (more: string) =>
      `-o type=image,name=${plain}/plain/app,push=true${more} --cache-to type=registry,ref=${plain}/plain/cache${more}`
    expect((await build(flags(''))).stderr).toContain(`Cannot reach registry "${plain}"`)
    expect(await build(flags(',registry.insecure=true'))).toMatchObject({ code: 0 })
    const cached = `-o type=image --cache-from type=registry,ref=${plain}/plain/cache,registry.insecure=true`
    expect((await build(cached)).stderr).not.toContain('Cannot')
  })
})

describe('the compression of layers', () => {
  const layerTypes = async (name: string): Promise<readonly string[]> => {
    const reference = parseReference(`${registry.host}/form/${name}`)
    const fetched = await client.fetchManifest(reference)
    return (fetched as { manifest: Manifest }).manifest.layers.map(({ mediaType }) => mediaType.replace(/^.*\./, ''))
  }
  const pushAs = async (name: string, flags: string) => {
    await run(`tag local/app ${registry.host}/form/${name}`)
    return run(`push ${flags}${flags === '' ? '' : ' '}${registry.host}/form/${name}`)
  }

  test.each([
    ['', 'tar+gzip'],
    ['--compression zstd', 'tar+zstd'],
    ['--compression zstd --compression-level 19', 'tar+zstd'],
    ['--compression uncompressed', 'tar'],
    ['--format docker', 'gzip'],
    ['--force-compression', 'tar+gzip'],
  ])('push %s', async (flags, type) => {
    const name = `app:x${flags.replaceAll(/\W+/g, '-')}`
    expect(await pushAs(name, flags)).toMatchObject({ code: 0 })
    expect(await layerTypes(name)).toEqual([type])
  })

  test('a compressed layer keeps its compression, unless another one is requested', async () => {
    await pushAs('kept:zstd', '--compression zstd')
    const around = { root: join(root, 'second'), env: { DOCKER_CONFIG: join(root, 'docker') } }
    const elsewhere = (line: string) => runInProcess(line.split(' '), around)
    await elsewhere(`pull ${registry.host}/form/kept:zstd`)
    for (const [tag, flags, type] of [
      ['same', '', 'tar+zstd'],
      ['kept', '--compression gzip --force-compression=false ', 'tar+zstd'],
      ['gzip', '--compression gzip ', 'tar+gzip'],
      ['docker', '--format docker ', 'gzip'],
    ] as const) {
      await elsewhere(`tag ${registry.host}/form/kept:zstd ${registry.host}/form/kept:${tag}`)
      const { stderr } = await elsewhere(`push ${flags}${registry.host}/form/kept:${tag}`)
      expect([tag, await layerTypes(`kept:${tag}`)]).toEqual([tag, [type]])
      expect(stderr.includes('Compressing')).toBe(tag === 'gzip')
    }
  })

  test('a build compresses its own layers, and those of its base with force-compression', async () => {
    await pushAs('base:1', '--compression gzip')
    const context = join(root, 'context')
    await mkdir(context)
    await writeFile(join(context, 'Dockerfile'), `FROM ${registry.host}/form/base:1\nCOPY Dockerfile /\n`)
    const around = { root: join(root, 'third'), env: { DOCKER_CONFIG: join(root, 'docker') } }
    for (const [tag, form, types] of [
      ['one', '', ['tar+gzip', 'tar+gzip']],
      ['two', ',compression=zstd', ['tar+gzip', 'tar+zstd']],
      ['three', ',compression=zstd,compression-level=1,force-compression=true', ['tar+zstd', 'tar+zstd']],
      ['four', ',force-compression=false', ['tar+gzip', 'tar+gzip']],
      ['five', ',compression=zstd', ['tar+gzip', 'tar+zstd']],
    ] as const) {
      const line = `build -o type=registry${form} -t ${registry.host}/form/built:${tag} ${context}`
      expect(await runInProcess(line.split(' '), around)).toMatchObject({ code: 0 })
      expect([tag, await layerTypes(`built:${tag}`)]).toEqual([tag, types])
    }
  })

  test.each([
    ['--compression estargz --format docker', "Docker's media types have no estargz layers"],
    ['--compression zstd --format docker', "Docker's media types have no zstd layers"],
    ['--compression uncompressed --compression-level 3', 'uncompressed layers have no level'],
    ['--compression-level 13', 'gzip has the levels 0 to 12'],
    ['--compression zstd --compression-level 0', 'zstd has the levels 1 to 22'],
    ['--compression-level 3 --force-compression=false', 'known layers are not recompressed'],
    ['--annotation a=b --format docker', 'only OCI manifests have annotations'],
    ['--annotation index:a=b', 'the image has no index'],
    ['--annotation index-descriptor:a=b', 'only an image layout can store it'],
  ])('push %s is refused', async (flags, reason) => {
    const { code, stderr } = await pushAs('refused:1', flags)
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(reason) })
  })

  test('annotations are written to the manifest', async () => {
    await pushAs('annotated:1', '--annotation org.example.key=value')
    const { bytes } = await client.fetchManifest(parseReference(`${registry.host}/form/annotated:1`))
    expect(JSON.parse(Buffer.from(bytes).toString()).annotations).toEqual({ 'org.example.key': 'value' })
  })
})

test('pull -a pulls the images of a repository although some of its tags are artifacts', async () => {
  const name = `${registry.host}/mixed/app`
  await run(`push --destination ${name}:b --destination ${name}:d local/app`)
  const empty = Buffer.from('{}')
  await client.pushBlob(parseReference(name), blobOf(empty), { open: opener(empty) })
  const config = { ...blobOf(empty), mediaType: 'application/vnd.test.config' }
  for (const tag of ['a', 'c']) {
    const artifact = { schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers: [], annotations: { tag } }
    const bytes = Buffer.from(JSON.stringify(artifact))
    await client.pushManifest(parseReference(`${name}:${tag}`), { mediaType: MediaType.ociManifest, bytes })
  }
  const { code, stderr } = await run(`pull -q -a ${name}`)
  expect(code).not.toBe(0)
  for (const tag of ['a', 'c']) expect(stderr).toContain(`Cannot pull "${name}:${tag}": it is an artifact`)
  const { stdout } = await run(`image ls --format {{.Tag}} ${name}`)
  expect(stdout.trim().split('\n').sort()).toEqual(['b', 'd'])
})
