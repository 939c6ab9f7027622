import { debuglog } from 'node:util'
import { messageOf } from '../../errors/index.ts'
import type { Descriptor, ImageReference } from '../../image-spec/index.ts'
import type { GrowingBlob } from '../registry-client.ts'
import type { Transport } from '../transport/create-transport.ts'
import { startUpload } from './push-blob.ts'
import { CHUNK_BYTES, finish, firstUpload, sendChunk } from './upload-blob.ts'

const debug = debuglog('tsbuild:registry')

/**
 * Uploads a blob in chunks while it is being written, before its digest is known. False if that failed: nothing is
 * lost, since the complete blob can still be pushed.
 */
export async function uploadGrowing(
  transport: Transport,
  reference: ImageReference,
  { growth, open, signal }: GrowingBlob,
): Promise<boolean> {
  try {
    let upload: Awaited<ReturnType<typeof sendChunk>> | undefined
    for await (const { sizeBytes, final } of growth) {
      const context = { transport, reference, blob: final ?? unfinished(sizeBytes), options: { open, signal } }
      if (upload === undefined) {
        if (final !== undefined) return false // small, or written too fast to be noticed
        if (sizeBytes < CHUNK_BYTES) continue
        const registry = await transport.findOrigin(reference.host, signal)
        upload = await firstUpload(context, await startUpload(context, registry), registry)
      }
      const least = final === undefined ? CHUNK_BYTES : 1
      while (sizeBytes - upload.offset >= Math.max(least, upload.minChunkBytes))
        upload = await sendChunk(context, upload)
      if (final !== undefined) {
        while (upload.offset < sizeBytes) upload = await sendChunk(context, upload)
        await finish(context, upload, undefined)
        return true
      }
    }
  } catch (failure) {
    signal?.throwIfAborted()
    debug('upload of a growing blob failed: %s', messageOf(failure))
  }
  return false
}

/** Only its size matters until it is complete. */
function unfinished(size: number): Descriptor {
  return { mediaType: 'application/octet-stream', digest: EMPTY, size }
}

const EMPTY = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' as Descriptor['digest'] // never sent
