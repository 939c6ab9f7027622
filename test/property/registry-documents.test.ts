import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exitCodeOf, exitCodes } from '../../cli/exit-codes.ts'
import { remoteDocument } from '../../cli/images/inspect-remote-image.ts'
import { type Digest, digestOf, type ImageReference, MediaType } from '../../image-spec/index.ts'
import { copyGraph } from '../../images/copy/copy-graph.ts'
import { fetchEntry, indexOf } from '../../images/manifest-lists/build-list.ts'
import { fetchListed } from '../../images/manifest-lists/fetch-listed.ts'
import { inspectRemote } from '../../images/remote/inspect-remote.ts'
import { resolveRemote } from '../../images/transfer/resolve-image.ts'
import type { ImageSource } from '../../images/transfer/transfer.ts'
import { RegistryError } from '../../registry/index.ts'
import { parseResponse } from '../../registry/pull/parse-manifest.ts'
import '../support/property-seed.ts'

const platform = { os: 'linux', architecture: 'amd64' }
const name: ImageReference = { host: 'example.com', repository: 'team/app', tag: '1' }
const layer = Buffer.from('layer')
const blob = (bytes: Buffer, mediaType: string) => ({ mediaType, digest: digestOf(bytes), size: bytes.length })

const config = {
  architecture: 'amd64',
  os: 'linux',
  created: '2026-01-01T00:00:00Z',
  config: { Env: ['A=b'], Labels: { a: 'b' }, Volumes: { '/v': {} }, Healthcheck: { Test: ['CMD', 'x'], Interval: 5 } },
  rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
  history: [{ created_by: 'RUN x' }, { created_by: 'ENV A=b', empty_layer: true }],
}
const manifestOf = (configBytes: Buffer) => ({
  schemaVersion: 2,
  mediaType: MediaType.ociManifest,
  config: blob(configBytes, MediaType.ociConfig),
  layers: [{ ...blob(layer, MediaType.ociLayer), urls: ['https://example.com/layer'], annotations: { a: 'b' } }],
  annotations: { key: 'value' },
  subject: blob(layer, MediaType.ociManifest),
})
const indexOver = (manifest: Buffer) => ({
  schemaVersion: 2,
  mediaType: MediaType.ociIndex,
  manifests: [
    { ...blob(manifest, MediaType.ociManifest), platform: { ...platform, variant: 'v1', 'os.features': ['x'] } },
    {
      ...blob(manifest, MediaType.ociManifest),
      artifactType: 'a/b',
      platform: { os: 'unknown', architecture: 'unknown' },
    },
  ],
  annotations: { key: 'value' },
})

/** Created anew each time, because a document can get one twice. */
const STRANGE: readonly (() => unknown)[] = [
  () => null,
  () => [],
  () => ({}),
  () => '',
  () => -1,
  () => 1e308,
  () => 0.5,
  () => true,
  () => '\u0000\u202e\u001b[2J',
  () => 'x'.repeat(10_000),
  () => Array.from({ length: 500 }, () => null),
  () => nested(90),
  () => JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"toString":null}'),
  () => `sha256:${'0'.repeat(64)}`,
  () => 'sha256:zz',
  () => '../../../etc/passwd',
  () => MediaType.ociIndex,
]

/** Replaces values anywhere in the document, and then parts of its text. */
const mutation = fc.record({
  values: fc.array(fc.tuple(fc.nat(60), fc.nat(STRANGE.length - 1)), { maxLength: 3 }),
  text: fc.array(
    fc.tuple(
      fc.nat(3000),
      fc.nat(30),
      fc.constantFrom('', '{', '}', '[', ']', '"', ',', '\\', '1e999', '['.repeat(10_000)),
    ),
    { maxLength: 1 },
  ),
})
type Mutation = typeof mutation extends fc.Arbitrary<infer M> ? M : never

function mutate(document: object, { values, text }: Mutation): Buffer {
  const copy = structuredClone(document)
  for (const [position, kind] of values) {
    const places = placesIn(copy)
    const place = places[position % places.length]
    if (place !== undefined) Reflect.set(place.owner, place.key, STRANGE[kind]?.())
  }
  const whole = JSON.stringify(copy)
  const changed = text.reduce(
    (old, [at, length, by]) => old.slice(0, at % old.length) + by + old.slice((at % old.length) + length),
    whole,
  )
  return Buffer.from(changed)
}

function placesIn(value: unknown): { owner: object; key: string }[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.keys(value).flatMap((key) =>
    [{ owner: value, key }, ...placesIn(Reflect.get(value, key))].slice(0, 200),
  )
}

/** A registry with these blobs and correct digests: a mutated blob has the digest of its mutated bytes. */
function registryOf(top: Buffer, others: readonly Buffer[]): ImageSource {
  const byDigest = new Map<Digest, Buffer>([top, ...others].map((bytes) => [digestOf(bytes), bytes]))
  const find = (digest: Digest): Buffer => {
    const found = byDigest.get(digest)
    if (found !== undefined) return found
    throw new RegistryError('REGISTRY_NOT_FOUND', `Cannot pull "${digest}": not there`)
  }
  return {
    fetchManifest: async ({ digest }) => {
      const bytes = digest === undefined ? top : find(digest)
      const document = parseResponse(bytes, undefined, 'example.com/team/app:1')
      const { mediaType } = document.kind === 'index' ? document.index : document.manifest
      return { ...document, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes }
    },
    fetchBlob: async function* (_, { digest }) {
      yield find(digest)
    },
  }
}

/** Everything that reads documents of registries. */
async function readEverywhere(source: ImageSource): Promise<void> {
  const sink = {
    putBlob: async () => 'uploaded' as const,
    putDocument: async () => {},
    finish: async () => {},
    close: async () => {},
  }
  const none = { referrers: async () => [], cosignTags: async () => [] }
  const from = { documents: source, reference: name, ...none, close: async () => {} }
  const readers: readonly (() => Promise<unknown>)[] = [
    () => resolveRemote(source, { reference: name, platform }),
    async () =>
      JSON.stringify(
        remoteDocument(name, await inspectRemote(source, { reference: name, platform, isRequired: false })),
      ),
    () => copyGraph({ source: from, sink, hasReferrers: true }),
    async () => indexOf({ name, entries: [await fetchEntry(source, name)] }),
    async () => {
      const top = await source.fetchManifest(name)
      return top.kind === 'index' ? fetchListed(source, { reference: name, index: top.index }) : undefined
    },
  ]
  for (const read of readers) {
    try {
      await read()
    } catch (error) {
      if (!(error instanceof Error) || exitCodeOf(error) === exitCodes.internal) throw error // a bug, not a refusal
      expect(error.message).not.toContain('Maximum call stack')
      expect(error.message.length).toBeLessThan(2000)
    }
  }
}

test.each([
  ['manifests', (m: Mutation) => registryOf(mutate(manifestOf(json(config)), m), [layer, json(config)])],
  ['configs', (m: Mutation) => ofConfig(mutate(config, m))],
  [
    'indexes',
    (m: Mutation) =>
      registryOf(mutate(indexOver(json(manifestOf(json(config)))), m), [
        json(manifestOf(json(config))),
        layer,
        json(config),
      ]),
  ],
  ['manifests below an index', (m: Mutation) => belowIndex(mutate(manifestOf(json(config)), m))],
])('2,500 mutated %s are read or refused', async (_, registryFor) => {
  const before = process.memoryUsage().rss
  await fc.assert(
    fc.asyncProperty(mutation, (changes) => readEverywhere(registryFor(changes))),
    { numRuns: 2500 },
  )
  expect(process.memoryUsage().rss - before).toBeLessThan(1 << 30)
  expect(Reflect.get({}, 'polluted')).toBeUndefined()
})

test('documents of the maximum size are read or refused', async () => {
  const entries = Array.from({ length: 10_000 }, () => blob(layer, MediaType.ociManifest))
  const many = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MediaType.ociIndex, manifests: entries }))
  await readEverywhere(registryOf(many, [layer]))
  const layers = Array.from({ length: 10_000 }, () => blob(layer, MediaType.ociLayer))
  await readEverywhere(registryOf(Buffer.from(JSON.stringify({ ...manifestOf(json(config)), layers })), [json(config)]))
  await readEverywhere(
    ofConfig(Buffer.from(JSON.stringify({ ...config, history: Array.from({ length: 50_000 }, () => ({})) }))),
  )
})

function ofConfig(bytes: Buffer): ImageSource {
  return registryOf(json(manifestOf(bytes)), [bytes, layer])
}

function belowIndex(manifest: Buffer): ImageSource {
  return registryOf(json(indexOver(manifest)), [manifest, layer, json(config)])
}

function json(document: object): Buffer {
  return Buffer.from(JSON.stringify(document))
}

function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)]
}
