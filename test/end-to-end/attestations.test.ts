import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

let room = ''
let tsbuild: Tsbuild
let registry: RunningRegistry

beforeAll(async () => {
  room = mkdtempSync(join(tmpdir(), 'tsbuild-attested-'))
  tsbuild = createTsbuild()
  await importBusybox(tsbuild)
  registry = await startRegistry()
})

afterAll(async () => {
  await registry.stop()
  await tsbuild.close()
  rmSync(room, { recursive: true })
})

const DOCKERFILE = 'FROM busybox\nARG COLOUR\nRUN echo "$COLOUR" > /made\n'

interface Document {
  readonly digest: string
  readonly annotations: Readonly<Record<string, string>>
  readonly platform: unknown
  readonly manifests: readonly Document[]
  readonly layers: readonly Document[]
  readonly config: Document
}

function build(...words: string[]) {
  return tsbuild.with({ input: DOCKERFILE }).run('build', ...words, '-')
}

function skopeo(...words: string[]): string {
  return execFileSync('skopeo', words, { encoding: 'utf8', stdio: 'pipe' })
}

function raw(image: string): Document {
  return JSON.parse(skopeo('inspect', '--raw', '--tls-verify=false', image))
}

function blob(layout: string, digest: string): Document {
  return JSON.parse(readFileSync(join(layout, 'blobs/sha256', digest.replace('sha256:', '')), 'utf8'))
}

const ATTESTED = ['--provenance=mode=max', '--build-arg', 'COLOUR=red']

test('an attestation is in the index next to its image, which every reader still finds', async () => {
  const layout = join(room, 'layout')
  const { exitCode, stderr } = await build(...ATTESTED, '-t', 'app:1', '-o', `type=oci,tar=false,dest=${layout}`)
  expect(exitCode, stderr).toBe(0)
  const [image, attestation] = raw(`oci:${layout}:1`).manifests
  expect(image?.platform).toEqual({ os: 'linux', architecture: 'amd64' })
  expect(attestation).toMatchObject({
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': image?.digest,
    },
  })
  const { config, layers, ...artifact } = blob(layout, attestation?.digest ?? '')
  expect(artifact).toMatchObject({
    artifactType: 'application/vnd.docker.attestation.manifest.v1+json',
    subject: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: image?.digest },
  })
  expect(layers[0]?.annotations).toEqual({ 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v1' })
  expect(config).toMatchObject({ mediaType: 'application/vnd.oci.empty.v1+json', size: 2, data: 'e30=' })
  expect(blob(layout, config.digest)).toEqual({})
  expect(blob(layout, layers[0]?.digest ?? '')).toMatchObject({
    _type: 'https://in-toto.io/Statement/v1',
    predicateType: 'https://slsa.dev/provenance/v1',
    subject: [
      { name: 'pkg:docker/app@1?platform=linux%2Famd64', digest: { sha256: image?.digest.replace('sha256:', '') } },
    ],
    predicate: {
      buildDefinition: { externalParameters: { request: { args: { 'build-arg:COLOUR': 'red' } } } },
      runDetails: { builder: { id: expect.stringMatching(/^pkg:npm\/tsbuild@/) } },
    },
  })
  skopeo('copy', `oci:${layout}:1`, `oci:${room}/one:1`)
  execFileSync('umoci', ['unpack', '--image', `${room}/one:1`, `${room}/bundle`], { stdio: 'pipe' })
  expect(readFileSync(`${room}/bundle/rootfs/made`, 'utf8')).toBe('red\n')
  const onLayout = tsbuild.with({ input: 'FROM base\nRUN grep red /made\n' })
  await onLayout.ok('build', '--build-context', `base=oci-layout://${layout}:1`, '-')
})

test('oci-artifact=false writes the attestation as an image of its statements', async () => {
  const layout = join(room, 'legacy')
  const output = `type=oci,tar=false,dest=${layout},oci-artifact=false`
  expect((await build(...ATTESTED, '-t', 'app:1', '-o', output)).exitCode).toBe(0)
  const manifest = blob(layout, raw(`oci:${layout}:1`).manifests[1]?.digest ?? '')
  expect(manifest).not.toHaveProperty('subject')
  const { config, layers } = manifest
  expect(blob(layout, config.digest)).toMatchObject({ rootfs: { diff_ids: [layers[0]?.digest] } })
})

test('the packages of the image are attested as an SPDX document, before its provenance', async () => {
  const layout = join(room, 'sbom')
  const packages =
    'RUN mkdir -p /m/node_modules/a && echo \'{"name":"a","version":"1.2.3"}\' > /m/node_modules/a/package.json\n'
  const own = tsbuild.with({ input: `FROM busybox\n${packages}` })
  const output = ['-t', 'app:1', '-o', `type=oci,tar=false,dest=${layout}`]
  const { exitCode, stderr } = await own.run('build', '--sbom', 'true', '--attest=type=provenance', ...output, '-')
  expect(exitCode, stderr).toBe(0)
  const [image, attestation] = raw(`oci:${layout}:1`).manifests
  const { layers } = blob(layout, attestation?.digest ?? '')
  expect(layers.map(({ annotations }) => annotations['in-toto.io/predicate-type'])).toEqual([
    'https://spdx.dev/Document',
    'https://slsa.dev/provenance/v1',
  ])
  expect(blob(layout, layers[0]?.digest ?? '')).toMatchObject({
    predicateType: 'https://spdx.dev/Document',
    subject: [{ digest: { sha256: image?.digest.replace('sha256:', '') } }],
    predicate: {
      spdxVersion: 'SPDX-2.3',
      name: 'app:1',
      packages: [{ name: 'app:1' }, { externalRefs: [{ referenceLocator: 'pkg:npm/a@1.2.3' }] }],
    },
  })
})

test('it is pushed with the image of each platform; the image is pulled and run as ever', async () => {
  const name = `${registry.host}/attested:1`
  const words = ['--provenance=version=v0.2,builder-id=https://ci.example/7', '--push', '-t', name]
  const pushed = await tsbuild
    .with({ input: 'FROM scratch\nCOPY <<EOF /file\nx\nEOF\n' })
    .run('build', '--platform', 'linux/amd64,linux/arm64', ...words, '-')
  expect(pushed.exitCode, pushed.stderr).toBe(0)
  const copy = join(room, 'copy')
  skopeo('copy', '--all', '--src-tls-verify=false', `docker://${name}`, `oci:${copy}:1`)
  const { manifests } = raw(`oci:${copy}:1`)
  expect(manifests.map(({ annotations }) => annotations?.['vnd.docker.reference.type'] ?? 'image')).toEqual([
    ...['image', 'image'],
    ...['attestation-manifest', 'attestation-manifest'],
  ])
  const [statement] = blob(copy, manifests[3]?.digest ?? '').layers
  expect(blob(copy, statement?.digest ?? '')).toMatchObject({
    predicateType: 'https://slsa.dev/provenance/v0.2',
    predicate: { builder: { id: 'https://ci.example/7' }, invocation: { environment: { platform: 'linux/arm64' } } },
  })
  const other = createTsbuild()
  try {
    await other.ok('pull', '--quiet', name)
    expect(await other.ok('image', 'inspect', name, '-f', '{{.Architecture}}')).toBe('amd64')
  } finally {
    await other.close()
  }
})

test('what switches attestations off is accepted, and nothing is attested without being asked', async () => {
  const off = ['--provenance=false', '--sbom=false', '--attest', 'type=provenance,disabled=true']
  for (const words of [[], off.slice(0, 2), off.slice(2)]) {
    const archive = join(room, 'plain.tar')
    expect((await build(...words, '-o', `type=oci,dest=${archive}`)).exitCode).toBe(0)
    expect(raw(`oci-archive:${archive}`).layers.length).toBeGreaterThan(0)
  }
})

const refused: readonly (readonly [words: readonly string[], message: string])[] = [
  [['--provenance=true'], 'the store has no place for it'],
  [['--provenance=true', '-o', 'type=docker,dest=x.tar'], 'an output of type docker has no place for it'],
  [
    ['--provenance=true', '-t', 'x', '-o', 'type=registry,oci-mediatypes=false'],
    "Cannot push with Docker's media types: the build has attestations",
  ],
  [['--provenance=mode=most'], 'expected min or max'],
  [['--provenance=maybe'], 'provenance is neither true nor false'],
  [['--provenance=true', '--attest', 'type=provenance'], 'are given twice'],
  [['--attest', 'type=vex'], 'there is no type "vex"'],
  [['--attest', 'type=provenance,reproducible=true'], 'provenance knows type, disabled, mode, version, builder-id'],
  [['--sbom=true'], 'Cannot attest the SBOM: the store has no place for it'],
  [['--sbom=generator=docker/scout-sbom-indexer'], 'packages are listed by this program, without a generator image'],
  [['--attest', 'type=sbom,scan=true'], 'unknown option of an SBOM'],
  [['--sbom=1', '--attest', 'type=sbom'], 'are given twice'],
]

test.each(refused)('%j is refused before anything is built', async (words, message) => {
  const { exitCode, stderr } = await build('--progress=plain', ...words)
  expect(exitCode).not.toBe(0)
  expect(stderr).toContain(message)
  expect(stderr).not.toContain('#1 ')
})
