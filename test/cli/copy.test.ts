import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { digestOf, MediaType, parseReference } from '../../image-spec/index.ts'
import type { RegistryClient } from '../../registry/index.ts'
import { anonymousClient, blobOf, opener } from '../registry/blob-samples.ts'
import { rawTar } from '../support/raw-tar.ts'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { runInProcess } from './support/run-in-process.ts'

const root = temporaryDirectory('cli')
const env = { DOCKER_CONFIG: join(root, 'docker'), COSIGN_PASSWORD: 'a password' }
const run = (line: string) => runInProcess(line.split(' '), { root: join(root, 'store'), env, cwd: root })
/** The same with a private store. */
const runWith = (store: string, line: string) =>
  runInProcess(line.split(' '), { root: join(root, store), env, cwd: root })
let registry: RunningRegistry
let other: RunningRegistry
let client: RegistryClient
/** An index for two platforms, one of them signed, with formatting that only byte-for-byte copies preserve. */
let index: string
let amd64: string

beforeAll(async () => {
  ;[registry, other] = await Promise.all([startRegistry(), startRegistry()])
  client = anonymousClient()
  const reference = parseReference(`${registry.host}/from/app:1`)
  const [first, second] = [await pushPlatform('amd64'), await pushPlatform('arm64')]
  amd64 = first.digest
  const document = { schemaVersion: 2, mediaType: MediaType.ociIndex, manifests: [first, second] }
  index = await client.pushManifest(reference, {
    mediaType: MediaType.ociIndex,
    bytes: Buffer.from(JSON.stringify(document, undefined, 3)),
  })
  await pushSignature(index)
})
const from = () => `docker://${registry.host}/from/app:1`

describe('a whole index', () => {
  test('keeps its digest in another registry, a layout, an archive and a third repository', async () => {
    const stops = [
      `docker://${other.host}/to/app:2`,
      'oci:layout:two',
      'oci-archive:app.tar:three',
      `docker://${other.host}/at/last:4`,
    ]
    for (const [position, stop] of stops.entries()) {
      const { code, stdout } = await run(`copy -q -a --referrers ${stops[position - 1] ?? from()} ${stop}`)
      expect([stop, code, stdout]).toEqual([stop, 0, `${index}\n`])
    }
    const last = parseReference(`${other.host}/at/last:4`)
    expect((await client.resolve(last)).digest).toBe(index)
    expect(await client.listReferrers(last, (await client.resolve(last)).digest)).toMatchObject([
      { artifactType: 'text/sig' },
    ])
    expect(existsSync(join(root, 'store/tmp')) ? readdirSync(join(root, 'store/tmp')) : []).toEqual([])
  })

  test('is mounted within one registry, without sending blobs', async () => {
    const to = `${registry.host}/mounted/app:1`
    expect(await run(`copy --all ${from()} docker://${to}`)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`${to}: digest: ${index} size: `),
    })
    expect(
      registry
        .log()
        .split('\n')
        .filter((line) => /\bPUT\b.*mounted\/app\/blobs\/uploads/.test(line)),
    ).toEqual([])
  })

  test('is stored with every platform, and can be pushed by its digest', async () => {
    const inOwn = (line: string) => runWith('kept', line)
    expect(await inOwn(`copy -q --all ${from()} kept/app:1`)).toMatchObject({ code: 0, stdout: `${index}\n` })
    const { stdout } = await inOwn('image inspect --platform linux/arm64 -f {{.Architecture}} kept/app:1')
    expect(stdout).toBe('arm64\n')
    expect(await inOwn('prune -f')).toMatchObject({ code: 0 })
    for (const digest of [index, amd64]) {
      const pushed = `copy -q store:${registry.host}/from/app@${digest} docker://${other.host}/kept/app:1`
      expect(await inOwn(pushed)).toMatchObject({ code: 0, stdout: `${digest}\n` })
    }
  })

  test('is read back with its referrers from a layout without a tag', async () => {
    await run(`copy -q -a --referrers ${from()} oci:untagged`)
    expect(await run(`copy -q -a --referrers oci:untagged docker://${other.host}/untagged/app:1`)).toMatchObject({
      code: 0,
      stdout: `${index}\n`,
    })
    await run(`copy -q -a --referrers ${from()} oci-archive:untagged.tar`)
    expect(await runWith('from-archive', 'load -i untagged.tar')).toMatchObject({ code: 0 })
    expect((await runWith('from-archive', 'images -aq')).stdout.trim().split('\n')).toHaveLength(2)
  })

  test("is copied with cosign's tags, so that its signature is verified at the destination", async () => {
    await run('key generate --output-key-prefix own')
    const [signed, copied] = [`${registry.host}/signed/app:1`, `${other.host}/signed/app:2`]
    await run(`copy -a ${from()} docker://${signed}`)
    expect(await run(`sign --key own.key ${signed}`)).toMatchObject({ code: 0 })
    expect(await run(`copy -q -a ${from()} docker://${copied}`)).toMatchObject({ code: 0 })
    expect(await run(`verify --key own.pub ${copied}`)).toMatchObject({ code: 1 })
    const stops = [`docker://${copied}`, 'oci:signed', 'oci-archive:signed.tar:x', `docker://${other.host}/again/app:3`]
    for (const [position, stop] of stops.entries()) {
      const { code, stdout } = await run(
        `copy -q -a --referrers ${stops[position - 1] ?? `docker://${signed}`} ${stop}`,
      )
      expect([stop, code, stdout]).toEqual([stop, 0, `${index}\n`])
    }
    for (const name of [copied, `${other.host}/again/app:3`])
      expect(await run(`verify --key own.pub ${name}`)).toMatchObject({ code: 0 })
  })
})

describe('one platform', () => {
  test('keeps the digest of its manifest, there and back', async () => {
    expect((await run(`copy -q --platform linux/amd64 ${from()} oci:single:1`)).stdout).toBe(`${amd64}\n`)
    expect((await run(`copy -q oci:single docker://${other.host}/single/app:1`)).stdout).toBe(`${amd64}\n`)
    expect((await run(`copy ${from()} --platform linux/s390x oci:single`)).stderr).toContain(
      'the image has linux/amd64, linux/arm64',
    )
  })

  test('of an archive of docker save is stored as the same image', async () => {
    await run(`copy -q --platform linux/amd64 ${from()} direct/app`)
    expect((await run(`copy --platform linux/amd64 ${from()} docker-archive:docker.tar:saved/app:1`)).code).toBe(0)
    expect((await run('copy docker-archive:docker.tar loaded/app')).code).toBe(0)
    const ids = await Promise.all(['direct/app', 'loaded/app'].map((name) => run(`image inspect -f {{.Id}} ${name}`)))
    expect(ids[1]?.stdout).toBe(ids[0]?.stdout)
    expect((await run('images -q saved/app')).stdout).toBe('')
    const pushed = await run(`copy docker-archive:docker.tar:saved/app:1 docker://${other.host}/saved/app:1`)
    expect(pushed).toMatchObject({ code: 0 })
    expect((await run('copy docker-archive:docker.tar:other oci:x')).stderr).toContain(
      'Use one of its names: saved/app:1',
    )
  })

  test('of another machine needs no --platform if it is the only one, and a given one must match', async () => {
    const foreign = process.arch === 'arm64' ? 'amd64' : 'arm64'
    const wrong = '--platform linux/s390x'
    const inOwn = (line: string) => runWith('foreign', line)
    await inOwn(`copy -q --platform linux/${foreign} ${from()} foreign/app`)
    expect(await inOwn('copy -q foreign/app oci:foreign:1')).toMatchObject({ code: 0 })
    expect(await inOwn('copy -q foreign/app docker-archive:foreign.tar:foreign/app:1')).toMatchObject({ code: 0 })
    const refused = { code: 1, stderr: expect.stringContaining(`the store has linux/${foreign}`) }
    expect(await inOwn(`copy ${wrong} foreign/app oci:foreign:2`)).toMatchObject(refused)
    expect(await runWith('empty', `copy ${wrong} docker-archive:foreign.tar oci:foreign:3`)).toMatchObject(refused)
    expect((await runWith('empty', 'images -aq')).stdout).toBe('')
    const copied = await runWith('empty', `copy docker-archive:foreign.tar docker://${other.host}/foreign/app:1`)
    expect(copied).toMatchObject({ code: 0 })
    expect((await runWith('empty', 'images -aq')).stdout).toBe('')
    await inOwn(`copy -q --all ${from()} both/app`)
    expect((await inOwn(`copy ${wrong} both/app oci:foreign:4`)).stderr).toContain('the store has linux/')
  })

  test('concurrent copies to one archive all succeed, and a concurrent load keeps its names', async () => {
    const inOwn = (line: string) => runWith('at-once', line)
    await inOwn(`copy -q --platform linux/amd64 ${from()} docker-archive:once.tar:once/app:1`)
    expect((await inOwn('images -aq')).stdout).toBe('')
    const lines = ['a', 'b', 'c'].map((name) => `copy -q docker-archive:once.tar oci:once-${name}`)
    const outcomes = await Promise.all([...lines, 'load -q -i once.tar'].map(inOwn))
    expect(outcomes.map(({ code, stderr }) => [code, stderr])).toEqual(outcomes.map(() => [0, '']))
    expect((await inOwn('images -q once/app')).stdout).not.toBe('')
  })

  test('push by digest sends the manifest that was pulled', async () => {
    const name = `${registry.host}/from/app`
    await run(`pull ${name}@${amd64}`)
    await run(`tag ${name}@${amd64} ${other.host}/moved/app:1`)
    const { code, stdout } = await run(`push -q ${name}@${amd64}`)
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${name}@${amd64}\n` })
    expect((await run(`copy -q store:${name}@${amd64} docker://${other.host}/exact/app:1`)).stdout).toBe(`${amd64}\n`)
    const moved = await run(`push --destination ${other.host}/moved/app:2 ${name}@${amd64}`)
    expect(moved.stdout).toContain(`digest: ${amd64} `)
    expect((await run(`push --platform linux/amd64 ${name}@${amd64}`)).stderr).toContain('Cannot use "--platform"')
    expect((await run(`push --format docker ${name}@${amd64}`)).stderr).toContain('Cannot use "--format" with a digest')
  })

  test('is copied from the store by tag to a registry and a layout', async () => {
    await run(`copy -q --platform linux/amd64 ${from()} some/app`)
    const { stdout } = await run('copy -q some/app oci:from-store:x')
    expect((await run(`copy -q store:some/app docker://${other.host}/some/app:1`)).stdout).toBe(stdout)
  })
})

describe('refusals', () => {
  test.each([
    ['containers-storage:app oci:x', 2, 'the store of podman and buildah is not supported'],
    ['docker-daemon:app oci:x', 2, 'there is no daemon'],
    ['docker:app oci:x', 2, 'the two slashes are missing'],
    ['oci:nowhere oci:x', 66, 'no such file or directory'],
    ['oci-archive:nowhere.tar oci:x', 66, 'no such file or directory'],
    ['missing/app oci:x', 1, 'not in the store'],
    ['--referrers some/app oci:x', 2, 'the store keeps no referrers'],
    ['--all some/app docker-archive:x', 2, 'contains a single platform'],
    ['--all --platform linux/amd64 some/app oci:x', 2, 'Cannot use "--all" with "--platform"'],
    ['oci: oci:x', 2, 'the path is missing'],
  ])('copy %s', async (line, code, message) => {
    const outcome = await run(`copy ${line}`)
    expect([outcome.code, outcome.stderr]).toEqual([code, expect.stringContaining(message)])
  })

  test('a changed blob in a layout is not copied, and no tag appears', async () => {
    await run(`copy --platform linux/amd64 ${from()} oci:damaged:1`)
    const { manifests } = JSON.parse(readFileSync(join(root, 'damaged/index.json'), 'utf8'))
    const blob = (digest: string) => join(root, 'damaged/blobs/sha256', digest.slice(7))
    const { layers } = JSON.parse(readFileSync(blob(manifests[0].digest), 'utf8'))
    const bytes = readFileSync(blob(layers[0].digest))
    writeFileSync(blob(layers[0].digest), bytes.fill(1, 20, 30))
    const outcome = await run(`copy oci:damaged docker://${other.host}/damaged/app:1`)
    expect(outcome.code).not.toBe(0)
    expect((await run('copy oci:damaged oci:damaged-copy')).code).toBe(74)
    expect(existsSync(join(root, 'damaged-copy/index.json'))).toBe(false)
    expect((await run(`copy --platform linux/amd64 ${from()} oci:damaged:1`)).code).toBe(0) // repairs it
    expect((await run('copy oci:damaged oci:damaged-copy')).code).toBe(0)
    await expect(client.resolve(parseReference(`${other.host}/damaged/app:1`))).rejects.toMatchObject({
      code: 'REGISTRY_NOT_FOUND',
    })
  })
})

async function pushPlatform(architecture: string) {
  const reference = parseReference(`${registry.host}/from/app`)
  const layer = Buffer.from(rawTar([{ name: 'file', data: `for ${architecture} `.repeat(3000) }]))
  const rootfs = { type: 'layers', diff_ids: [digestOf(layer)] }
  const config = Buffer.from(JSON.stringify({ os: 'linux', architecture, rootfs }, undefined, 1))
  for (const blob of [layer, config]) await client.pushBlob(reference, blobOf(blob), { open: opener(blob) })
  const mediaType = MediaType.ociManifest
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: { ...blobOf(config), mediaType: MediaType.ociConfig },
    layers: [blobOf(layer)],
  }
  const bytes = Buffer.from(JSON.stringify(manifest, undefined, 2))
  const digest = await client.pushManifest(reference, { mediaType, bytes })
  return { mediaType, digest, size: bytes.length, platform: { os: 'linux', architecture } }
}

async function pushSignature(subject: string): Promise<void> {
  const reference = parseReference(`${registry.host}/from/app`)
  const empty = Buffer.from('{}')
  await client.pushBlob(reference, blobOf(empty), { open: opener(empty) })
  const config = { ...blobOf(empty), mediaType: 'application/vnd.oci.empty.v1+json' }
  const mediaType = MediaType.ociManifest
  const { bytes: of } = await client.fetchManifest({ ...reference, tag: '1' })
  const manifest = {
    schemaVersion: 2,
    mediaType,
    artifactType: 'text/sig',
    config,
    layers: [config],
    subject: { mediaType: MediaType.ociIndex, digest: subject, size: of.length },
  }
  await client.pushReferrer(reference, { mediaType, bytes: Buffer.from(JSON.stringify(manifest)) })
}
