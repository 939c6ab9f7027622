import fc from 'fast-check'
import { expect, test } from 'vitest'
import { digestOf, ImageSpecError, INLINE_CACHE_KEY, type Manifest, MediaType } from '../../image-spec/index.ts'
import { readCacheConfig, writeCacheConfig } from '../../images/remote-cache/cache-config.ts'
import { readInlineCache, writeInlineCache } from '../../images/remote-cache/inline-cache.ts'
import { readMountsConfig, writeMountsConfig } from '../../images/remote-cache/mounts-config.ts'
import '../support/property-seed.ts'

const layers = ['one', 'two'].map((name) => ({
  diffId: digestOf(Buffer.from(name)),
  blob: { mediaType: MediaType.ociLayerGzip, digest: digestOf(Buffer.from(`${name}.gz`)), size: 10 },
}))
const entries = layers.map(({ diffId }, position) => ({
  key: String(position).repeat(64),
  diffId,
  createdAt: '2026-01-01T00:00:00Z',
  description: 'RUN true',
  facts: { etag: 'x' },
}))

test('a cache is read as it was written', () => {
  expect(readCacheConfig(writeCacheConfig({ layers, entries }))).toEqual({ layers, entries })
})

const piece = fc.constantFrom('', '{', '}', '[', ']', '"', ',', 'null', '-1', '1e999', '"__proto__":{}', '\u0000', '\\')

/** Reads mutations of a text, which may only succeed or be refused. */
function expectRefusals(text: string, read: (mutated: Buffer) => unknown): void {
  const mutation = fc.array(fc.tuple(fc.nat(text.length), fc.nat(40), piece), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(mutation, (changes) => {
      const mutated = changes.reduce((old, [at, length, by]) => old.slice(0, at) + by + old.slice(at + length), text)
      try {
        read(Buffer.from(mutated))
      } catch (error) {
        if (!(error instanceof ImageSpecError || error instanceof SyntaxError)) throw error
      }
    }),
    { numRuns: 10_000 },
  )
}

test('10,000 mutated caches are read or refused', () => {
  expectRefusals(Buffer.from(writeCacheConfig({ layers, entries })).toString(), readCacheConfig)
})

const manifest: Manifest = {
  schemaVersion: 2,
  mediaType: MediaType.ociManifest,
  config: { mediaType: MediaType.ociConfig, digest: digestOf(Buffer.from('config')), size: 10 },
  layers: layers.map(({ blob }) => blob),
}
const image = {
  architecture: 'amd64',
  os: 'linux',
  rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
}

function readInline(config: Buffer) {
  const parts = readInlineCache(manifest, config)
  return parts && readCacheConfig(Buffer.from(JSON.stringify(parts)))
}

test('an image returns its inline cache', () => {
  const config = { ...image, [INLINE_CACHE_KEY]: writeInlineCache(entries) }
  expect(readInline(Buffer.from(JSON.stringify(config)))).toEqual({ layers, entries })
  expect(readInline(Buffer.from(JSON.stringify(image)))).toBeUndefined()
})

test('an image whose layers do not match its configuration has no cache', () => {
  const config = { ...image, rootfs: { type: 'layers', diff_ids: [] }, [INLINE_CACHE_KEY]: writeInlineCache(entries) }
  expect(readInline(Buffer.from(JSON.stringify(config)))).toEqual({ layers: [], entries: [] })
})

test('10,000 mutated inline caches are read or refused', () => {
  const records = Buffer.from(writeInlineCache(entries), 'base64').toString()
  const around = (value: string) => Buffer.from(JSON.stringify({ ...image, [INLINE_CACHE_KEY]: value }))
  expectRefusals(records, (mutated) => readInline(around(mutated.toString('base64'))))
  expectRefusals(around(writeInlineCache(entries)).toString(), readInline)
})

test('10,000 mutated documents of cache mounts are read or refused', () => {
  const mounts = layers.map(({ diffId, blob }) => ({ id: 'npm', blob, diffId, sizeBytes: 20 }))
  expect(readMountsConfig(writeMountsConfig(mounts))).toEqual(mounts)
  expectRefusals(Buffer.from(writeMountsConfig(mounts)).toString(), readMountsConfig)
})
