import { createHash } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { type Digest, parseDigest } from '../../image-spec/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'

/** A regular file of the archive, stored in a temporary file. */
export interface ArchiveFile {
  readonly path: string
  readonly digest: Digest
  readonly size: number
  /** The first bytes, which identify the compression. */
  readonly head: Buffer
}

export const HEAD_BYTES = 6

/** Writes content to a temporary file and computes its digest. */
export async function keepFile(store: LayerStore, content: AsyncIterable<unknown>): Promise<ArchiveFile> {
  const path = store.blobs.temporaryPath()
  const hash = createHash('sha256')
  let size = 0
  let head = Buffer.alloc(0)
  const file = await open(path, 'wx', 0o600)
  try {
    for await (const chunk of content) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError('an archive entry returns bytes')
      hash.update(chunk)
      size += chunk.length
      if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES)])
      await file.writeFile(chunk)
    }
    await file.close()
    return { path, digest: parseDigest(`sha256:${hash.digest('hex')}`), size, head: head.subarray(0, HEAD_BYTES) }
  } catch (error) {
    await file.close().catch(() => {}) // the first failure is the cause
    await rm(path, { force: true })
    throw error
  }
}
