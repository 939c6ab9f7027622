import { existsSync, mkdirSync } from 'node:fs'
import { parseDigest } from '../../image-spec/index.ts'
import { StoreError } from '../errors.ts'
import { layerFolder } from '../files/store-paths.ts'
import { temporaryName } from '../files/temporary-owner.ts'
import type { LayerId } from '../layers.ts'
import { readingFailure } from './bad-layer.ts'
import { type LayerParts, publishTree, readyForm, tarIn, unreadable } from './create-trees.ts'
import { rememberDiff } from './diff-ids.ts'
import { doubtfulTrees, layerFile, readCompressed, readDiff, writeCompressed } from './layer-files.ts'

/**
 * Writes the blob of a layer as a tar from which single files can be read, verified. Unlike a tree, it needs no
 * privileges for owners, devices and attributes. It has the same files as the blob but different bytes, and never
 * becomes a blob.
 */
export async function createTar(parts: LayerParts, id: LayerId, signal?: AbortSignal): Promise<void> {
  const { root, blobs } = parts
  if (readyForm(root, id) !== undefined) return
  const failures: unknown[] = []
  for (const fact of readCompressed(root, id)) {
    const { digest } = fact.descriptor
    if (!(await blobs.has(digest))) continue
    try {
      await unpackInto({ ...parts, id }, blobs.path(digest), signal)
      if (!fact.isVerified) writeCompressed(root, id, { ...fact, isVerified: true })
      return
    } catch (error) {
      signal?.throwIfAborted()
      failures.push(error) // SECURITY: a bad blob claimed for this diff ID must not hide a good one
    }
  }
  throw readingFailure({ root, id }, 'unpack', failures[0] ?? unreadable(id))
}

async function unpackInto(
  { root, trees, id }: LayerParts & { readonly id: LayerId },
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const blob = { kind: 'blob', path } as const
  const known = readDiff(root, id)
  const packed = await trees.packLayer({ layer: blob, base: [] }, signal)
  const fact = { ...packed, diffId: parseDigest(packed.diffId) }
  if (known !== undefined && known.diffId !== fact.diffId) {
    const message = `Cannot unpack layer "${id}": its diff ID is ${fact.diffId} (expected ${known.diffId})`
    throw new StoreError('STORE_DIGEST_MISMATCH', message)
  }
  rememberDiff({ root, id }, fact)
  const fresh = `${layerFolder(root, id)}/tar.${temporaryName()}`
  try {
    mkdirSync(fresh, { mode: 0o700 })
    const tar = tarIn(fresh)
    const output = { path: tar.path, compression: 'none' } as const
    await trees.packLayer({ layer: blob, base: [], output, index: tar.index }, signal)
    publishTree(fresh, layerFile.unpackedTar(root, id))
    const doubtful = doubtfulTrees(root, id)
    if (doubtful.length > 0) await trees.remove({ paths: doubtful })
  } finally {
    if (existsSync(fresh)) await trees.remove({ paths: [fresh] })
  }
}
