import { expect, test } from 'vitest'
import { type Descriptor, digestOf, MediaType } from '../../../image-spec/index.ts'
import { CACHE_CONFIG_TYPE } from '../../../images/remote-cache/cache-config.ts'
import { readCacheDocument } from '../../../images/remote-cache/read-cache-document.ts'

test('images whose configurations are too large together are refused before any is fetched', async () => {
  const platform = { os: 'linux', architecture: 'amd64' }
  const manifests = [...Array(20).keys()].map((position): Descriptor => {
    return { mediaType: MediaType.ociManifest, digest: digestOf(`image ${position}`), size: 1000, platform }
  })
  const config = { mediaType: MediaType.ociConfig, digest: digestOf('configuration'), size: 1 << 20 }
  const manifest = { schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers: [] } as const
  let fetched = 0
  const reading = readCacheDocument(
    { kind: 'index', index: { schemaVersion: 2, mediaType: MediaType.ociIndex, manifests } },
    CACHE_CONFIG_TYPE,
    {
      name: 'team/app',
      readManifest: async () => ({ kind: 'manifest', manifest }),
      fetchBlob: async function* () {
        fetched += 1
        yield Buffer.alloc(1 << 20)
      },
    },
  )
  await expect(reading).rejects.toMatchObject({ code: 'CACHE_BAD', message: expect.stringContaining('larger than') })
  expect(fetched).toBe(0)
})
