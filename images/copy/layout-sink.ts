import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Descriptor } from '../../image-spec/index.ts'
import { verified } from '../../layer-store/index.ts'
import type { FetchedManifest } from '../../registry/index.ts'
import { asWriteError, replacingFile } from '../files/destination.ts'
import { createBlobDirectory } from '../layouts/blob-directory.ts'
import { hasBlob } from '../layouts/has-blob.ts'
import { blobName, OCI_LAYOUT } from '../layouts/layout-documents.ts'
import { addToLayoutIndex, readLayoutIndex, writeLayoutDocument } from '../layouts/layout-index.ts'
import { REF_NAME } from '../layouts/layout-names.ts'
import { counted } from '../transfer/counted.ts'
import { isDigestMismatch } from '../transfer/digest-mismatch.ts'
import type { PushOutcome } from '../transfer/show-pushed.ts'
import type { BlobToCopy, CopySink } from './copy-sink.ts'
import { nothingToClose } from './copy-source.ts'

/** Writes to a directory, created if missing; an existing layout is extended. The index is written last. */
export async function layoutSink({ path, tag }: { readonly path: string; readonly tag?: string }): Promise<CopySink> {
  const others: Descriptor[] = []
  try {
    readLayoutIndex(path) // refuses other directories before anything is written
    await createBlobDirectory(path)
  } catch (error) {
    throw asWriteError(path, error)
  }
  return {
    putBlob: (blob, signal) => writeBlob(path, blob, signal),
    putDocument: async (document, role, signal) => {
      const { descriptor, bytes } = document
      const open = async function* () {
        yield bytes
      }
      await writeBlob(path, { blob: descriptor, open, onProgress: () => {} }, signal)
      if (typeof role === 'object') others.push({ ...descriptor, annotations: { [REF_NAME]: role.tag } })
      if (role === 'referrer') others.push({ ...descriptor, artifactType: artifactTypeOf(document) })
    },
    finish: async (top) => {
      const entry = { ...top, ...(tag !== undefined && { annotations: { [REF_NAME]: tag } }) }
      await writeLayoutDocument(join(path, 'oci-layout'), OCI_LAYOUT)
      addToLayoutIndex(path, [entry, ...others])
    },
    close: nothingToClose,
  }
}

/**
 * Never undefined: it marks the entry as not being an image. SPEC: image-spec descriptor.md, as for the referrers API.
 */
function artifactTypeOf(document: FetchedManifest): string {
  if (document.kind === 'index') return document.index.artifactType ?? document.index.mediaType
  return document.manifest.artifactType ?? document.manifest.config.mediaType
}

/** Bytes damaged in transit are requested once more. */
async function writeBlob(directory: string, copy: BlobToCopy, signal: AbortSignal | undefined): Promise<PushOutcome> {
  if (await hasBlob(directory, copy.blob)) return 'existed'
  const path = join(directory, blobName(copy.blob.digest))
  try {
    await writeVerified(path, copy, signal)
  } catch (failure) {
    if (!isDigestMismatch(failure)) throw failure
    await writeVerified(path, copy, signal)
  }
  return 'uploaded'
}

async function writeVerified(
  path: string,
  { blob, open, onProgress }: BlobToCopy,
  signal: AbortSignal | undefined,
): Promise<void> {
  await replacingFile(path, async (temporary) => {
    const bytes = Readable.from(counted(verified(open(0), blob), onProgress), { objectMode: false })
    await pipeline(bytes, createWriteStream(temporary, { flags: 'wx' }), { ...(signal && { signal }) })
  })
}
