import { parseDigest, present } from '../../image-spec/index.ts'
import { digestMismatch } from '../blobs/verified.ts'
import { readingFailure } from './bad-layer.ts'
import { claimDiffId, type DiffFact, readDiff, writeDiff } from './layer-files.ts'
import { type PackJob, packSource } from './pack-source.ts'

/** Reads the layer once to compute its diff ID. */
export async function computeDiff(job: PackJob, signal?: AbortSignal): Promise<DiffFact> {
  const known = readDiff(job.root, job.id)
  if (known !== undefined) return known
  try {
    const packed = await job.trees.packLayer(await packSource(job), signal)
    const fact = { ...packed, diffId: parseDigest(packed.diffId) }
    rememberDiff(job, fact)
    return fact
  } catch (error) {
    signal?.throwIfAborted()
    throw readingFailure(job, 'compute the diff ID of', error)
  }
}

/** Records a diff ID found while packing; fails if it differs from the known one. */
export function rememberDiff({ root, id }: Pick<PackJob, 'root' | 'id'>, fact: DiffFact): void {
  const known = readDiff(root, id)
  if (known !== undefined && known.diffId !== fact.diffId) throw digestMismatch(known.diffId, fact.diffId)
  if (known?.contentBytes !== undefined) return
  const { diffId, sizeBytes, contentBytes } = fact
  writeDiff(root, id, {
    ...known,
    diffId,
    ...present('sizeBytes', sizeBytes),
    ...present('contentBytes', contentBytes),
  })
  if (known === undefined) claimDiffId(root, diffId, id)
}
