import { randomBytes } from 'node:crypto'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { downloadBlob } from '../../registry/index.ts'
import { temporaryStore } from '../layer-store/temporary-store.ts'
import { blobOf } from './blob-samples.ts'

const CHUNK = Buffer.alloc(64 << 10)

test.each([
  ['a small blob', 100_000, 0],
  ['a large blob', 3 << 20, 0],
  ['a blob that is continued', 3 << 20, 1 << 20],
])('an answer without end for %s is cut off at the size of the blob', async (_, size, startBytes) => {
  const store = await temporaryStore()
  const blob = blobOf(randomBytes(size))
  const partial = store.blobs.claimPartial(blob.digest)
  if (startBytes > 0) writeFileSync(partial.path, Buffer.alloc(startBytes))
  let most = 0
  const fetch = async function* (offset: number) {
    for (let sent = offset; sent <= 10 * size; sent += CHUNK.length) {
      most = Math.max(most, existsSync(partial.path) ? statSync(partial.path).size : 0)
      yield CHUNK
    }
  }
  await expect(downloadBlob({ blob, partial, fetch })).rejects.toMatchObject({
    code: 'REGISTRY_DIGEST_MISMATCH',
    message: `Cannot pull blob "${blob.digest}": more than its ${size} bytes were sent`,
  })
  expect(most).toBeLessThanOrEqual(size)
  expect(statSync(partial.path).size).toBe(0)
  partial.discard()
})
