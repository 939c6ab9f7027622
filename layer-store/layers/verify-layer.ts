import { existsSync } from 'node:fs'
import { StoreError } from '../errors.ts'
import { isProven } from './compress.ts'
import { unreadable } from './create-trees.ts'
import { lostLayer } from './fetch-layer.ts'
import { layerFile, readCompressed } from './layer-files.ts'
import type { PackJob } from './pack-source.ts'

/** SECURITY: a blob from a remote place is verified before an image uses it as this layer. */
export async function verifyFetched(job: PackJob, signal: AbortSignal | undefined): Promise<void> {
  const { root, id, blobs } = job
  if (existsSync(layerFile.tree(root, id)) || existsSync(layerFile.tar(root, id))) return
  let isHere = false
  for (const fact of readCompressed(root, id)) {
    if (!(await blobs.has(fact.descriptor.digest))) continue
    if (fact.isVerified || (await isProven(job, fact, signal))) return
    isHere = true
  }
  if (!isHere) unreadable(id)
  const hint = 'Write the cache again, or leave it out'
  throw lostLayer(
    root,
    id,
    new StoreError('STORE_DIGEST_MISMATCH', 'its blob does not match the diff ID', { hint, layer: id }),
  )
}
