import { digestMismatch } from '../blobs/verified.ts'
import { parseDigest } from '../digest.ts'
import { asStoreError } from '../files/file-errors.ts'
import type { Chain } from '../layer-store.ts'
import { claimDiffId, type DiffFact, readDiff, writeDiff } from './layer-files.ts'
import { formsBelow, type LayerParts, readyForm } from './make-trees.ts'

/** Reads the layer through once to learn its diff id. Its own form and those below must be ready. */
export async function computeDiff(
  parts: LayerParts,
  chain: Chain,
  position: number,
  signal?: AbortSignal,
): Promise<DiffFact> {
  const id = chain[position]
  if (id === undefined) throw new RangeError(`no layer at ${position}`)
  const known = readDiff(parts.root, id)
  if (known !== undefined) return known
  const layer = readyForm(parts.root, id)
  if (layer === undefined) throw new Error(`layer ${id} has no form to read`)
  const base = formsBelow(parts.root, chain, position)
  try {
    const packed = await parts.trees.packLayer({ layer, base }, signal)
    const fact = { diffId: parseDigest(packed.diffId), sizeBytes: packed.sizeBytes }
    rememberDiff(parts, chain, position, fact)
    return fact
  } catch (error) {
    signal?.throwIfAborted()
    throw asStoreError(`compute the diff id of layer "${id}"`, error)
  }
}

/** Notes what packing has shown, or fails if it differs from what is known. */
export function rememberDiff(parts: LayerParts, chain: Chain, position: number, fact: DiffFact): void {
  const id = chain[position]
  if (id === undefined) return
  const known = readDiff(parts.root, id)
  if (known !== undefined && known.diffId !== fact.diffId) throw digestMismatch(known.diffId, fact.diffId)
  if (known?.sizeBytes !== undefined) return
  writeDiff(parts.root, id, fact)
  claimDiffId(parts.root, fact.diffId, id)
}
