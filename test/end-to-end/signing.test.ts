import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { digestOf } from '../../image-spec/index.ts'
import { fixtures, pushBlob, pushManifest, pushRecorded, recorded, signatureTag } from '../signing/push-recorded.ts'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

let room = ''
let tsbuild: Tsbuild
let registry: RunningRegistry

beforeAll(async () => {
  room = temporaryDirectory('signing')
  tsbuild = createTsbuild({ COSIGN_PASSWORD: 'a password' }).with({ cwd: room })
  registry = await startRegistry()
  copyFileSync(join(fixtures, 'cosign.pub'), join(room, 'cosign.pub'))
  copyFileSync(join(fixtures, 'cosign.key'), join(room, 'cosign.key'))
  await tsbuild.ok('key', 'generate', '--output-key-prefix', 'own')
})

test('on a full disk, neither an empty key nor an empty document is left', async () => {
  const disk = join(room, 'disk')
  const image = await pushed('full:1')
  mkdirSync(disk)
  const script = [
    'set -e; mount -t tmpfs -o size=64k tmpfs "$1"; cd "$1"; set +e',
    'head -c 1M /dev/zero >fill',
    'tsbuild key generate; echo key $?',
    'tsbuild sbom -o sbom.json "$2"; echo sbom $?',
    'ls; rm fill',
    'tsbuild key generate; echo key $?; ls',
  ].join('\n')
  const own = { COSIGN_PASSWORD: 'x', TSBUILD_ROOT: tsbuild.root, PATH: `${programs}:${process.env['PATH']}` }
  const words = ['--mount', 'bash', '-c', script, 'bash', disk, image]
  const { stdout } = spawnSync('unshare', words, { env: { ...process.env, ...own }, encoding: 'utf8' })
  expect(stdout.split('\n')).toEqual(['key 73', 'sbom 73', 'fill', 'key 0', 'cosign.key', 'cosign.pub', ''])
})

const programs = join(import.meta.dirname, '../../bin')

/** Pushes a new image, and returns its name. */
async function pushed(name: string): Promise<string> {
  const image = `${registry.host}/${name}`
  const input = `FROM scratch\nCOPY <<EOF /file\n${name}\nEOF\n`
  await tsbuild.with({ input }).ok('build', '--push', '-t', image, '-')
  return image
}

interface Signatures {
  readonly mediaType: string
  readonly layers: readonly object[]
}

async function fetchManifest(image: string, reference: string): Promise<Signatures> {
  const repository = image.replace(/^[^/]+\//, '').replace(/:.*$/, '')
  const accept = 'application/vnd.oci.image.manifest.v1+json'
  const address = `http://${registry.host}/v2/${repository}/manifests/${reference}`
  return JSON.parse(await (await fetch(address, { headers: { accept } })).text())
}

test('a key pair is a cosign key file and its public key, and an existing key is not overwritten', async () => {
  expect(statSync(join(room, 'own.key')).mode & 0o777).toBe(0o600)
  const key = readFileSync(join(room, 'own.key'), 'utf8')
  const [, body = ''] = /^-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n([^-]+)\n-----END/.exec(key) ?? []
  expect(JSON.parse(Buffer.from(body, 'base64').toString())).toMatchObject({
    kdf: { name: 'scrypt', params: { N: 65536, r: 8, p: 1 } },
    cipher: { name: 'nacl/secretbox' },
  })
  const again = await tsbuild.run('key', 'generate', '--output-key-prefix', 'own')
  expect([again.exitCode, again.stderr]).toEqual([73, expect.stringContaining('the file already exists')])
  expect(readFileSync(join(room, 'own.key'), 'utf8')).toBe(key)
})

test.each([
  ['taggedImage', 'tagSignature', 'foo=bar'],
  ['bundledImage', 'bundle', 'x=y'],
] as const)('what cosign signed is verified: %s', async (image, signature, annotation) => {
  const name = `cosign/${image.toLowerCase()}`
  const tag = signature === 'tagSignature' ? signatureTag(recorded[image].digest) : undefined
  await pushRecorded(registry.host, name, recorded[image], '1')
  await pushRecorded(registry.host, name, recorded[signature], tag)
  if (tag === undefined) await listReferrers(name, [bundleReferrer])
  const { stdout, stderr, exitCode } = await tsbuild.run(
    ...['verify', '--key', 'cosign.pub', '-a', annotation, `${registry.host}/${name}:1`],
  )
  expect(exitCode, stderr).toBe(0)
  const [key, value] = annotation.split('=')
  expect(JSON.parse(stdout)[0]).toMatchObject({
    critical: { image: { 'docker-manifest-digest': recorded[image].digest } },
    optional: { [String(key)]: value },
  })
})

const bundleReferrer = {
  mediaType: recorded.bundle.mediaType,
  digest: recorded.bundle.digest,
  size: Buffer.from(recorded.bundle.manifest, 'base64').length,
  artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
}

/** The registry does not have the referrers API: cosign keeps the list under a tag. */
async function listReferrers(repository: string, manifests: readonly object[]): Promise<void> {
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }))
  const tag = recorded.bundledImage.digest.replace(':', '-')
  await pushManifest(`http://${registry.host}/v2/${repository}/manifests/${tag}`, mediaType, index)
}

test('signatures that are missing from the registry do not hide a valid one', async () => {
  const repository = 'cosign/dangling'
  const image = `${registry.host}/${repository}:1`
  await pushRecorded(registry.host, repository, recorded.bundledImage, '1')
  const [deleted, emptied] = [await pushOther(repository, 'deleted'), await pushOther(repository, 'emptied')]
  await listReferrers(repository, [deleted.referrer])
  await remove(`${repository}/manifests/${deleted.referrer.digest}`)
  await remove(`${repository}/blobs/${emptied.blob}`)
  const refused = await tsbuild.run('verify', '--key', 'cosign.pub', image)
  expect([refused.exitCode, refused.stderr]).toEqual([
    1,
    expect.stringMatching(/not valid: bundle sha256:\w+: it is missing/),
  ])
  // The registry does not accept an index with missing manifests.
  await pushOther(repository, 'deleted')
  await pushRecorded(registry.host, repository, recorded.bundle)
  await listReferrers(repository, [deleted.referrer, emptied.referrer, bundleReferrer])
  await remove(`${repository}/manifests/${deleted.referrer.digest}`)
  expect(JSON.parse(await tsbuild.ok('verify', '--key', 'cosign.pub', image))).toHaveLength(1)
})

/** A referrer of the image with one blob, of the type of a bundle. */
async function pushOther(repository: string, content: string) {
  const blob = await pushBlob(registry.host, repository, Buffer.from(content))
  const { mediaType, artifactType } = bundleReferrer
  const emptyDigest = await pushBlob(registry.host, repository, Buffer.from('{}'))
  const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: emptyDigest, size: 2 }
  const layers = [{ mediaType: artifactType, digest: blob, size: content.length }]
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers }))
  const referrer = { ...bundleReferrer, digest: digestOf(bytes), size: bytes.length }
  await pushManifest(`http://${registry.host}/v2/${repository}/manifests/${referrer.digest}`, mediaType, bytes)
  return { blob, referrer }
}

async function remove(path: string): Promise<void> {
  expect((await fetch(`http://${registry.host}/v2/${path}`, { method: 'DELETE' })).status).toBe(202)
}

test('a signature with a key file of cosign is added to existing ones', async () => {
  const image = `${registry.host}/cosign/taggedimage:1`
  const own = tsbuild.with({ env: { COSIGN_PASSWORD: 'pass1' } })
  await own.ok('sign', '--key', 'cosign.key', '-a', 'by=tsbuild', image)
  expect(JSON.parse(await tsbuild.ok('verify', '--key', 'cosign.pub', image))).toMatchObject([
    { optional: { foo: 'bar' } },
    { optional: { by: 'tsbuild' } },
  ])
  const manifest = await fetchManifest(image, signatureTag(recorded.taggedImage.digest))
  expect(manifest.layers).toMatchObject(
    Array(2).fill({ mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json' }),
  )
})

test.each([[], ['--new-bundle-format']])('an image is signed and verified (%j)', async (...format) => {
  const image = await pushed(`app:own${format.length}`)
  const signed = await tsbuild.ok('sign', '--key', 'own.key', '-a', 'team=web', ...format, image)
  expect(signed).toMatch(/\/app@sha256:[0-9a-f]{64}$/)
  await tsbuild.ok('verify', '--key', 'own.pub', '-a', 'team=web', image)
  await tsbuild.ok('verify', '--key', 'own.pub', signed)
  for (const [words, code, why] of [
    [['--key', 'cosign.pub', image], 1, 'its signature is not valid: a signature by another key'],
    [['--key', 'own.pub', '-a', 'team=ops', image], 1, 'a signature without the annotation team=ops'],
    [['--key', 'own.key', image], 65, 'its PEM label is ENCRYPTED SIGSTORE PRIVATE KEY (expected PUBLIC KEY)'],
  ] as const) {
    const refused = await tsbuild.run('verify', ...words)
    expect([refused.exitCode, refused.stdout, refused.stderr]).toEqual([code, '', expect.stringContaining(why)])
  }
})

test('a tag that was moved after signing has no signature', async () => {
  const image = await pushed('moved:1')
  await tsbuild.ok('sign', '--key', 'own.key', image)
  await tsbuild.with({ input: 'FROM scratch\nLABEL a=other\n' }).ok('build', '--push', '-t', image, '-')
  const { exitCode, stderr } = await tsbuild.run('verify', '--key', 'own.pub', image)
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/Cannot verify ".*": sha256:\w+ has no signature/)])
})

test('a signature for another digest, or over changed bytes, is invalid', async () => {
  const [one, other] = [await pushed('swapped:1'), await pushed('swapped:2')]
  const digestOf = async (image: string) => (await tsbuild.ok('sign', '--key', 'own.key', image)).split('@')[1] ?? ''
  const [first, second] = [await digestOf(one), await digestOf(other)]
  const signatures = await fetchManifest(one, signatureTag(first))
  const place = `http://${registry.host}/v2/swapped/manifests/${signatureTag(second)}`
  await pushManifest(place, signatures.mediaType, Buffer.from(JSON.stringify(signatures)))
  const swapped = await tsbuild.run('verify', '--key', 'own.pub', other)
  expect([swapped.exitCode, swapped.stderr]).toEqual([1, expect.stringContaining('a signature for another image')])
  const payload = Buffer.from(`{"critical":{"image":{"docker-manifest-digest":"${second}"}}}`)
  const digest = await pushBlob(registry.host, 'swapped', payload)
  const [layer] = signatures.layers
  const changed = { ...signatures, layers: [{ ...layer, digest, size: payload.length }] }
  await pushManifest(place, signatures.mediaType, Buffer.from(JSON.stringify(changed)))
  const tampered = await tsbuild.run('verify', '--key', 'own.pub', other)
  expect([tampered.exitCode, tampered.stderr]).toEqual([1, expect.stringContaining('a signature by another key')])
  await pushManifest(place, signatures.mediaType, Buffer.from(JSON.stringify({ ...signatures, layers: [] })))
  const empty = await tsbuild.run('verify', '--key', 'own.pub', other)
  expect([empty.exitCode, empty.stderr]).toEqual([1, expect.stringContaining('has no signature')])
})

test('an unusable key pushes no signature', async () => {
  const image = await pushed('unsigned:1')
  const text = readFileSync(join(room, 'own.key'), 'utf8')
  writeFileSync(join(room, 'damaged.key'), text.replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA'))
  writeFileSync(join(room, 'text.key'), 'not a key')
  execFileSync('mkfifo', [join(room, 'pipe')])
  const wrong = tsbuild.with({ env: { COSIGN_PASSWORD: 'wrong' } })
  for (const [program, key, code, why] of [
    [wrong, 'own.key', 77, 'the password is wrong'],
    [tsbuild, 'damaged.key', 65, 'its content is damaged'],
    [tsbuild, 'text.key', 65, 'not a PEM file'],
    [tsbuild, 'own.pub', 65, 'its PEM label is PUBLIC KEY'],
    [tsbuild, 'none.key', 66, 'no such file or directory'],
    [tsbuild, '.', 66, 'is a directory'],
    [tsbuild, '/dev/zero', 66, 'it is a device'],
    [tsbuild, 'pipe', 66, 'it is a pipe that no program writes to'],
  ] as const) {
    const refused = await program.run('sign', '--key', key, image)
    expect([refused.exitCode, refused.stderr]).toEqual([code, expect.stringContaining(why)])
  }
  const tags = await (await fetch(`http://${registry.host}/v2/unsigned/tags/list`)).text()
  expect(JSON.parse(tags).tags).toEqual(['1'])
})

test('without COSIGN_PASSWORD, the password is prompted for on a terminal only', async () => {
  const image = await pushed('asked:1')
  const { exitCode, stderr } = await createTsbuild({})
    .with({ cwd: room, env: {} })
    .run('sign', '--key', 'own.key', image)
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('Set COSIGN_PASSWORD')])
})
