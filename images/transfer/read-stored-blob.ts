import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Descriptor } from '../../image-spec/index.ts'
import { type LayerStore, StoreError } from '../../layer-store/index.ts'

const READ_BYTES = 256 << 10

/** Not verified here: the registry verifies what it receives. */
export async function* readStoredBlob(store: LayerStore, blob: Descriptor, offset: number): AsyncGenerator<Uint8Array> {
  const file = await open(store.blobs.path(blob.digest), constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const { size } = await file.stat()
    if (size !== blob.size) {
      const message = `Cannot push blob "${blob.digest}": ${size} bytes in the store (expected ${blob.size})`
      throw new StoreError('STORE_SIZE_MISMATCH', message, { hint: 'Build or pull the image again' })
    }
    yield* file.createReadStream({ start: offset, highWaterMark: READ_BYTES, autoClose: false })
  } finally {
    await file.close()
  }
}
