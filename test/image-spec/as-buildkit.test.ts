import { expect, test } from 'vitest'
import { digestOf, MediaType, parseImageConfig, printImageConfig, printManifest } from '../../image-spec/index.ts'

const digest = digestOf('x')

test("the fields of a configuration are in BuildKit's order", () => {
  const text = printImageConfig({
    variant: 'v8',
    rootfs: { type: 'layers', diff_ids: [digest] },
    os: 'linux',
    'os.version': '1',
    'os.features': ['f'],
    history: [{ created_by: 'a' }],
    created: '2020-01-01T00:00:00Z',
    architecture: 'arm64',
  })
  expect(text).toBe(
    `{"architecture":"arm64","created":"2020-01-01T00:00:00Z","history":[{"created_by":"a"}],"os":"linux",` +
      `"os.features":["f"],"os.version":"1","rootfs":{"type":"layers","diff_ids":["${digest}"]},"variant":"v8"}`,
  )
})

test('an image without layers and history has the same bytes as with BuildKit', () => {
  const config = { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], WorkingDir: '/' }
  const rootfs = { type: 'layers', diff_ids: [] } as const
  const text = printImageConfig({ architecture: 'amd64', config, history: [], os: 'linux', rootfs })
  // Recorded from BuildKit 0.34.2 for FROM scratch alone.
  expect(digestOf(text)).toBe('sha256:471a1b8817eefb6569017c1a76f288e0d4e5c8476eb199485c469d0b033168bf')
})

test('a manifest has the same bytes as with BuildKit', () => {
  const text = printManifest({
    annotations: { b: '<2>', a: '1' },
    layers: [
      { size: 2, digest, mediaType: MediaType.ociLayerGzip, annotations: { c: 'd' }, urls: ['https://example.com'] },
    ],
    config: { size: 1, mediaType: MediaType.ociConfig, digest },
    mediaType: MediaType.ociManifest,
    schemaVersion: 2,
  })
  expect(text).toBe(`{
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.manifest.v1+json",
  "config": {
    "mediaType": "application/vnd.oci.image.config.v1+json",
    "digest": "${digest}",
    "size": 1
  },
  "layers": [
    {
      "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
      "digest": "${digest}",
      "size": 2,
      "urls": [
        "https://example.com"
      ],
      "annotations": {
        "c": "d"
      }
    }
  ],
  "annotations": {
    "a": "1",
    "b": "\\u003c2\\u003e"
  }
}`)
})

test.each([
  ['2001-09-09T01:46:40Z', '2001-09-09T01:46:40Z'],
  ['2001-09-09T01:46:40.000Z', '2001-09-09T01:46:40Z'],
  ['2001-09-09T01:46:40.1200000+00:00', '2001-09-09T01:46:40.12Z'],
  ['2001-09-09T01:46:40.500+02:00', '2001-09-09T01:46:40.5+02:00'],
])('the history of a base has no empty fields and its time %s as BuildKit writes it', (created, expected) => {
  const history = [{ created, created_by: 'a', author: '', comment: '', empty_layer: false }]
  const rootfs = { type: 'layers', diff_ids: [] }
  const config = parseImageConfig(Buffer.from(JSON.stringify({ architecture: 'a', os: 'o', rootfs, history })))
  expect(config.history).toEqual([{ created: expected, created_by: 'a' }])
})
