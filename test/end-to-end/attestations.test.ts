import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { digestOf } from '../../image-spec/index.ts'
import { fixtures, pushBlob, pushManifest, pushRecorded, recorded } from '../signing/push-recorded.ts'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

let room = ''
let tsbuild: Tsbuild
let registry: RunningRegistry

beforeAll(async () => {
  room = temporaryDirectory('attestations')
  tsbuild = createTsbuild({ COSIGN_PASSWORD: 'pass1' }).with({ cwd: room })
  registry = await startRegistry()
  for (const name of ['cosign.pub', 'cosign.key']) copyFileSync(join(fixtures, name), join(room, name))
  writeFileSync(join(room, 'predicate.json'), '{"spdxVersion":"SPDX-2.3","name":"own"}')
})

async function pushed(name: string, ...words: string[]): Promise<string> {
  const image = `${registry.host}/${name}`
  const input = `FROM scratch\nCOPY <<EOF /file\n${name}\nEOF\n`
  await tsbuild.with({ input }).ok('build', '--push', ...words, '-t', image, '-')
  return image
}

async function statements(image: string, type: string): Promise<readonly object[]> {
  const stdout = await tsbuild.ok('verify', '--key', 'cosign.pub', '--type', type, image)
  const envelopes = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  return envelopes.map(({ payload }) => JSON.parse(Buffer.from(payload, 'base64').toString()))
}

/** Lists referrers under the fallback tag: the registry does not have the referrers API. */
async function listReferrers(repository: string, digests: readonly string[]): Promise<void> {
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  const artifactType = 'application/vnd.dev.sigstore.bundle.v0.3+json'
  const manifests = digests.map((digest) => ({ ...manifestType, digest, size: 100, artifactType }))
  const tag = recorded.taggedImage.digest.replace(':', '-')
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }))
  await pushManifest(`http://${registry.host}/v2/${repository}/manifests/${tag}`, mediaType, bytes)
}
const manifestType = { mediaType: 'application/vnd.oci.image.manifest.v1+json' }

test('attestations by cosign are verified, from a tag and as a bundle', async () => {
  const name = 'cosign/attested'
  const tag = `${recorded.taggedImage.digest.replace(':', '-')}.att`
  await pushRecorded(registry.host, name, recorded.taggedImage, '1')
  await pushRecorded(registry.host, name, recorded.tagAttestation, tag)
  await pushRecorded(registry.host, name, recorded.attestationBundle)
  await listReferrers(name, [recorded.attestationBundle.digest])
  const image = `${registry.host}/${name}:1`
  const predicate = { name: 'attested' }
  expect(await statements(image, 'spdxjson')).toMatchObject([{ predicateType: 'https://spdx.dev/Document', predicate }])
  expect(await statements(image, 'https://slsa.dev/provenance/v1')).toHaveLength(1)
  for (const [words, why] of [
    [['--key', 'cosign.pub', '--type', 'vuln'], 'an attestation of type https://spdx.dev/Document'],
    [['--key', 'own.pub', '--type', 'spdxjson'], 'an attestation signed by another key'],
  ] as const) {
    if (words[1] === 'own.pub') await tsbuild.ok('key', 'generate', '--output-key-prefix', 'own')
    const refused = await tsbuild.run('verify', ...words, image)
    expect([refused.exitCode, refused.stdout, refused.stderr]).toEqual([1, '', expect.stringContaining(why)])
  }
})

test.each([[], ['--new-bundle-format']])(
  'attest signs the SBOM and the provenance that a build attached (%j)',
  async (...format) => {
    const image = await pushed(`built:${format.length}`, '--sbom=true', '--provenance=true')
    const signed = await tsbuild.ok('attest', '--key', 'cosign.key', ...format, image)
    const [name, digest] = signed.split('@sha256:')
    expect(await statements(image, 'spdxjson')).toMatchObject([
      { subject: [{ name, digest: { sha256: digest } }], predicate: { spdxVersion: 'SPDX-2.3' } },
    ])
    expect(await statements(image, 'slsaprovenance1')).toHaveLength(1)
    const unsigned = await tsbuild.run('verify', '--key', 'cosign.pub', image)
    expect([unsigned.exitCode, unsigned.stderr]).toEqual([1, expect.stringContaining('has no signature')])
  },
)

test('attestations of a multi-platform image are reported with their platform', async () => {
  const image = await pushed('platforms:1', '--platform=linux/amd64,linux/arm64', '--sbom=true')
  const { stderr } = await tsbuild.run('attest', '--key', 'cosign.key', '--type=spdxjson', image)
  const lines = stderr.split('\n').filter((line) => line.startsWith('Attested '))
  expect(lines.sort()).toEqual(
    ['amd64', 'arm64'].map((machine) => `Attested ${image} (linux/${machine}): https://spdx.dev/Document`),
  )
})

test('attest adds a predicate from a file to existing attestations', async () => {
  const image = await pushed('file:1')
  const words = ['attest', '--key', 'cosign.key', '--type', 'spdxjson', '--predicate']
  await tsbuild.ok(...words, 'predicate.json', image)
  await tsbuild.with({ input: '{"name":"second"}' }).ok(...words, '-', image)
  expect(await statements(image, 'spdxjson')).toMatchObject([
    { predicate: { name: 'own' } },
    { predicate: { name: 'second' } },
  ])
})

test('a failed attest pushes nothing', async () => {
  const image = await pushed('refused:1')
  writeFileSync(join(room, 'text'), 'not JSON')
  const spdx = ['--type', 'spdxjson', '--predicate']
  for (const [words, code, why] of [
    [[], 66, 'no attestations attached'],
    [[...spdx, 'text'], 65, 'not JSON'],
    [[...spdx, 'none'], 66, 'no such file or directory'],
    [['--predicate', 'predicate.json'], 2, 'the type of the predicate is missing'],
    [['--type', 'nonsense'], 2, 'unknown type'],
  ] as const) {
    const refused = await tsbuild.run('attest', '--key', 'cosign.key', ...words, image)
    expect([refused.exitCode, refused.stderr]).toEqual([code, expect.stringContaining(why)])
  }
  const tags = await (await fetch(`http://${registry.host}/v2/refused/tags/list`)).text()
  expect(JSON.parse(tags).tags).toEqual(['1'])
})

test('an unreadable referrer causes a warning and does not hide a valid signature', async () => {
  const name = 'cosign/damaged'
  await pushRecorded(registry.host, name, recorded.taggedImage, '1')
  const image = `${registry.host}/${name}:1`
  await tsbuild.ok('sign', '--key', 'cosign.key', image)
  const empty = await pushBlob(registry.host, name, Buffer.from('{}'))
  const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: empty, size: 2 }
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...manifestType, config, layers: [], artifactType: 5 }))
  const digest = digestOf(bytes)
  await pushManifest(`http://${registry.host}/v2/${name}/manifests/${digest}`, manifestType.mediaType, bytes)
  await listReferrers(name, [digest])
  const { stdout, stderr, exitCode } = await tsbuild.run('verify', '--key', 'cosign.pub', image)
  expect(exitCode, stderr).toBe(0)
  expect(JSON.parse(stdout)).toHaveLength(1)
  expect(stderr).toMatch(new RegExp(`WARNING: Skipped bundle ${digest}: `))
})
