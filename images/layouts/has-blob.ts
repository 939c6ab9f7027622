import { createReadStream } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Descriptor } from '../../image-spec/index.ts'
import { verified } from '../../layer-store/index.ts'
import { isDigestMismatch } from '../transfer/digest-mismatch.ts'
import { blobName } from './layout-documents.ts'

/** Whether the layout has these bytes: the file may have been damaged since it was written. */
export async function hasBlob(layout: string, blob: Descriptor): Promise<boolean> {
  const path = join(layout, blobName(blob.digest))
  const found = await lstat(path).catch(() => undefined)
  if (!found?.isFile() || found.size !== blob.size) return false
  try {
    for await (const _ of verified(createReadStream(path), blob));
    return true
  } catch (failure) {
    if (isDigestMismatch(failure)) return false
    throw failure
  }
}
