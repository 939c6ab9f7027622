import { describe, expect, test } from 'vitest'
import { digestOf, MediaType, parseImageConfig, parseIndex, parseManifest } from '../../image-spec/index.ts'

const digest = digestOf('x')
const config = { mediaType: MediaType.ociConfig, digest, size: 1 }
const layer = { mediaType: MediaType.ociLayerGzip, digest, size: 2 }

describe('parseImageConfig()', () => {
  test('accepts null for unset fields, as written by Go', () => {
    const bytes = bytesOf({
      architecture: 'amd64',
      os: 'linux',
      config: { Cmd: null, Entrypoint: null, Volumes: null, Labels: null, Env: ['A=b'], OnBuild: null, User: '' },
      rootfs: { type: 'layers', diff_ids: null },
      history: null,
    })
    expect(parseImageConfig(bytes)).toEqual({
      architecture: 'amd64',
      os: 'linux',
      config: { Env: ['A=b'] },
      rootfs: { type: 'layers', diff_ids: [] },
    })
  })

  test("keeps Docker's extension fields", () => {
    const Healthcheck = { Test: ['CMD', 'true'], Interval: 1e9, StartInterval: 2e9, Retries: 3 }
    const extensions = { Healthcheck, Shell: ['/bin/bash', '-c'], OnBuild: ['RUN a'], ArgsEscaped: true }
    const bytes = bytesOf({ architecture: 'a', os: 'o', config: extensions, rootfs: { type: 'layers', diff_ids: [] } })
    expect(parseImageConfig(bytes).config).toEqual(extensions)
  })

  test.each([
    ['no JSON', 'no JSON'],
    ['a list', '[]'],
    ['another rootfs', '{"architecture":"a","os":"o","rootfs":{"type":"windows"}}'],
    ['a bad diff ID', '{"architecture":"a","os":"o","rootfs":{"type":"layers","diff_ids":["sha256:short"]}}'],
    ['numbers in Cmd', '{"architecture":"a","os":"o","rootfs":{"type":"layers"},"config":{"Cmd":[1]}}'],
  ])('refuses %s', (_, text) => {
    expect(() => parseImageConfig(Buffer.from(text))).toThrowError(
      expect.objectContaining({ code: 'STORE_BAD_DOCUMENT' }),
    )
  })
})

test('a label named __proto__ is an ordinary label', () => {
  const text = '{"architecture":"a","os":"o","rootfs":{"type":"layers"},"config":{"Labels":{"__proto__":"x","a":"b"}}}'
  const { config } = parseImageConfig(Buffer.from(text))
  expect(Object.entries(config?.Labels ?? {})).toEqual([
    ['__proto__', 'x'],
    ['a', 'b'],
  ])
  expect(JSON.stringify({ ...config?.Labels })).toBe('{"__proto__":"x","a":"b"}')
})

test.each([101, 100_000])('JSON nested %i levels deep is refused with the reason', (depth) => {
  const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`
  const refused = expect.objectContaining({
    code: 'STORE_BAD_DOCUMENT',
    message: expect.stringContaining('nested more than 100 levels deep'),
  })
  expect(() => parseImageConfig(Buffer.from(`{"architecture":${nested}}`))).toThrowError(refused)
  expect(() => parseManifest(Buffer.from(nested))).toThrowError(refused)
  expect(() => parseIndex(Buffer.from(`{"x":${nested}}`))).toThrowError(refused)
})

test('brackets in strings do not count as nesting', () => {
  const text = JSON.stringify({ architecture: '['.repeat(1000), os: '\\"['.repeat(200), rootfs: { type: 'layers' } })
  expect(parseImageConfig(Buffer.from(text)).os).toBe('\\"['.repeat(200))
})

describe('parseManifest() and parseIndex()', () => {
  const manifest = { schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers: [layer] }
  const index = { schemaVersion: 2, mediaType: MediaType.ociIndex, manifests: [config] }

  test('parse valid documents', () => {
    expect(parseManifest(bytesOf(manifest))).toEqual(manifest)
    expect(parseIndex(bytesOf(index))).toEqual(index)
  })

  test('accept null as the layers of an image without any, as written by BuildKit', () => {
    expect(parseManifest(bytesOf({ ...manifest, layers: null })).layers).toEqual([])
    const { layers: _, ...without } = manifest
    expect(() => parseManifest(bytesOf(without))).toThrow()
  })

  test('use the announced media type for a document without one', () => {
    const { mediaType: _, ...silent } = manifest
    expect(parseManifest(bytesOf(silent), MediaType.dockerManifest).mediaType).toBe(MediaType.dockerManifest)
  })

  test.each([
    ['a manifest that is an index too', { ...manifest, manifests: [] }],
    ['schema 1', { ...manifest, schemaVersion: 1, fsLayers: [] }],
    ['a negative size', { ...manifest, layers: [{ ...layer, size: -1 }] }],
    ['a size that is not a number', { ...manifest, layers: [{ ...layer, size: '2' }] }],
    ['a path for a digest', { ...manifest, config: { ...config, digest: '../../etc/passwd' } }],
    ['thousands of layers', { ...manifest, layers: Array(5000).fill(layer) }],
    ['the media type of an index', { ...manifest, mediaType: MediaType.ociIndex }],
  ])('refuse %s', (_, document) => {
    expect(() => parseManifest(bytesOf(document))).toThrowError(expect.objectContaining({ code: 'STORE_BAD_DOCUMENT' }))
  })

  test('refuse an index that is also a manifest', () => {
    expect(() => parseIndex(bytesOf({ ...index, layers: [] }))).toThrowError(
      expect.objectContaining({ code: 'STORE_BAD_DOCUMENT' }),
    )
  })
})

function bytesOf(document: unknown): Buffer {
  return Buffer.from(JSON.stringify(document))
}

test('a value that is too long for an error is visibly shortened', () => {
  const sha512 = { ...layer, digest: `sha512:${'a'.repeat(128)}` }
  const bytes = bytesOf({ schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers: [sha512] })
  expect(() => parseManifest(bytes, MediaType.ociManifest)).toThrow(/found "sha512:a+… \(expected a sha256 digest\)$/)
})
