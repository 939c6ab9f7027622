import fc from 'fast-check'
import { expect, test } from 'vitest'
import { digestOf, ImageSpecError, MediaType } from '../../image-spec/index.ts'
import { readCacheConfig, writeCacheConfig } from '../../images/remote-cache/cache-config.ts'
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

test('a cache reads as it was written', () => {
  expect(readCacheConfig(writeCacheConfig({ layers, entries }))).toEqual({ layers, entries })
})

test('10,000 mutated caches are read or refused', () => {
  const text = Buffer.from(writeCacheConfig({ layers, entries })).toString()
  const piece = fc.constantFrom(
    '',
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    'null',
    '-1',
    '1e999',
    '"__proto__":{}',
    '\u0000',
    '\\',
  )
  const mutation = fc.array(fc.tuple(fc.nat(text.length), fc.nat(40), piece), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(mutation, (changes) => {
      const mutated = changes.reduce((old, [at, length, by]) => old.slice(0, at) + by + old.slice(at + length), text)
      try {
        readCacheConfig(Buffer.from(mutated))
      } catch (error) {
        if (!(error instanceof ImageSpecError || error instanceof SyntaxError)) throw error
      }
    }),
    { numRuns: 10_000 },
  )
})
