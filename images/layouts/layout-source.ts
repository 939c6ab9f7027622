import { digestOf, fullName, type ImageReference } from '../../image-spec/index.ts'
import { RegistryError } from '../../registry/index.ts'
import { readDocument } from '../documents/read-document.ts'
import type { ImageSource } from '../transfer/transfer.ts'
import { blobName } from './layout-documents.ts'
import { LAYOUT_SCHEME, openLayoutFile, parseLayoutAddress, readLayoutFile } from './oci-layout.ts'

const MAX_MANIFEST_BYTES = 4 << 20
const READ_BYTES = 256 << 10

/** A layout with a digest as a reference: the full name is that of the context. */
export function layoutReference(text: string): ImageReference {
  const { path, digest } = parseLayoutAddress(text)
  return { host: LAYOUT_SCHEME.slice(0, -1), repository: path, ...(digest !== undefined && { digest }) }
}

/** Reads the layout named by a reference of `layoutReference()`. */
export const layoutSource: ImageSource = {
  fetchManifest: async (reference) => {
    const { digest } = reference
    if (digest === undefined) throw new Error('an image layout is read by digest')
    const bytes = await readLayoutFile(reference.repository, blobName(digest), MAX_MANIFEST_BYTES)
    const found = digestOf(bytes)
    if (found !== digest) {
      const message = `Cannot read "${fullName(reference)}": its bytes have the digest ${found}`
      throw new RegistryError('REGISTRY_DIGEST_MISMATCH', message, { hint: 'Copy the layout again: it is damaged' })
    }
    return readDocument(bytes)
  },
  fetchBlob: async function* ({ repository }, blob, { offset = 0, signal } = {}) {
    const file = await openLayoutFile(repository, blobName(blob.digest))
    try {
      // Read one byte more than expected, so that verification notices an oversized blob.
      const range = { start: offset, end: blob.size }
      const stream = file.createReadStream({ ...range, highWaterMark: READ_BYTES, autoClose: false })
      for await (const chunk of stream) {
        signal?.throwIfAborted()
        yield chunk as Uint8Array // no encoding was set
      }
    } finally {
      await file.close()
    }
  },
}
