import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { digestOf } from '../../../image-spec/index.ts'
import { withCachedMount } from '../../../images/index.ts'
import { temporaryStore } from '../../layer-store/temporary-store.ts'

const archive = Buffer.from('an archive')
const mount = {
  id: 'c',
  blob: { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: digestOf(archive), size: archive.length },
  diffId: digestOf(archive),
  sizeBytes: archive.length,
}

test.each([
  ['that was interrupted is continued', Object.assign(new Error('reset'), { code: 'ECONNRESET' }), 1, {}],
  [
    'for which the disk has no room leaves it to others',
    Object.assign(new Error('no space'), { code: 'ENOSPC' }),
    0,
    { code: 'STORE_FULL' },
  ],
  ['of other bytes leaves nothing', undefined, 0, { code: 'REGISTRY_DIGEST_MISMATCH' }],
])('an archive %s', async (_, failure, leftCount, error) => {
  const { blobs, root } = await temporaryStore()
  const backend = {
    fetchBlob: async function* () {
      yield Buffer.from('an arch')
      if (failure !== undefined) throw failure
      yield Buffer.from('???')
    },
  }
  const fetched = withCachedMount({ blobs, backend, mount, onProgress: () => {} }, async () => {}, undefined)
  await expect(fetched).rejects.toMatchObject(error)
  expect((await readdir(join(root, 'tmp'))).filter((name) => !name.endsWith('.state'))).toHaveLength(leftCount)
})
