import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { hasCode } from '../../errors/index.ts'
import { parseDigest } from '../../image-spec/index.ts'
import type { BlobStore } from '../blob-store.ts'
import type { Lease } from '../collect/lease.ts'
import { StoreError } from '../errors.ts'
import { asStoreError } from '../files/file-errors.ts'
import { layerFolder } from '../files/store-paths.ts'
import { temporaryName } from '../files/temporary-owner.ts'
import type { Chain, LayerForm, LayerId } from '../layers.ts'
import type { StoreTreeWork, UnpackedTree } from '../tree-work.ts'
import { badLayer } from './bad-layer.ts'
import { type FetchBlob, isOfThisMachine, lostLayer } from './fetch-layer.ts'
import {
  claimDiffId,
  doubtfulTrees,
  hasLiteralNames,
  layerFile,
  readCompressed,
  readDiff,
  writeCompressed,
  writeDiff,
} from './layer-files.ts'
import { hasRemoteForms } from './remote-forms.ts'

export interface LayerParts {
  readonly root: string
  readonly trees: StoreTreeWork
  readonly blobs: BlobStore
  readonly lease: Lease
  /** Absent if nothing can be fetched. */
  readonly fetchBlob?: FetchBlob | undefined
  /** What blobs are unpacked to. */
  readonly unpacksTo: 'tree' | 'tar'
}

/** The form in which the layer can be read now; undefined if it exists as a blob only. */
export function readyForm(root: string, id: LayerId): LayerForm | undefined {
  const tree = layerFile.tree(root, id)
  return existsSync(tree) ? { kind: 'tree', path: tree } : readyTar(root, id)
}

export function readyTar(root: string, id: LayerId): LayerForm | undefined {
  const tar = layerFile.tar(root, id)
  // Readers of a tar treat it as an image layer, where `.wh.x` deletes.
  if (existsSync(tar) && !hasLiteralNames(root, id)) return { kind: 'tar', path: tar, index: layerFile.index(root, id) }
  const unpacked = layerFile.unpackedTar(root, id)
  return existsSync(unpacked) ? tarIn(unpacked) : undefined
}

/** A tar and its index in one directory, so that they are published together. */
export function tarIn(directory: string): Extract<LayerForm, { kind: 'tar' }> {
  return { kind: 'tar', path: join(directory, 'layer.tar'), index: join(directory, 'index') }
}

/** Forms of the layers below `position`, top first. They must be ready. */
export function formsBelow(root: string, chain: Chain, position: number): readonly LayerForm[] {
  return chain
    .slice(0, position)
    .map((id) => readyForm(root, id) ?? unreadable(id))
    .reverse()
}

/** Unpacks the chain's last layer from its tar or blob, verified; idempotent, also across processes. */
export async function createTree(parts: LayerParts, chain: Chain, signal?: AbortSignal): Promise<void> {
  const { root } = parts
  const id = chain.at(-1)
  if (id === undefined || existsSync(layerFile.tree(root, id))) return
  const base = formsBelow(root, chain, chain.length - 1)
  const failures: unknown[] = []
  for (const source of await sourcesOf(parts, id)) {
    try {
      await unpackInto({ ...parts, id }, { source, base }, signal)
      return
    } catch (error) {
      signal?.throwIfAborted()
      failures.push(error) // SECURITY: a bad blob claimed for this diff ID must not hide a good one
    }
  }
  const failure = asStoreError(`unpack layer "${id}"`, failures[0] ?? unreadable(id))
  // SECURITY: what a remote place sent is not this layer: forget it, so that the next build creates the layer itself.
  if (hasRemoteForms(root, id) && !isOfThisMachine(failure)) throw lostLayer(root, id, failure)
  throw failure
}

interface UnpackSource {
  readonly path: string
  readonly blob?: ReturnType<typeof readCompressed>[number]
}

async function sourcesOf(parts: LayerParts, id: LayerId): Promise<readonly UnpackSource[]> {
  const tar = layerFile.tar(parts.root, id)
  if (existsSync(tar)) return [{ path: tar }]
  const sources: UnpackSource[] = []
  for (const fact of readCompressed(parts.root, id)) {
    const { digest } = fact.descriptor
    if (await parts.blobs.has(digest)) sources.push({ path: parts.blobs.path(digest), blob: fact })
  }
  return sources
}

/** Unpacks next to the final place, so that renaming needs no rights on a directory owned by others. */
async function unpackInto(
  { id, ...parts }: LayerParts & { readonly id: LayerId },
  { source, base }: { readonly source: UnpackSource; readonly base: readonly LayerForm[] },
  signal: AbortSignal | undefined,
): Promise<void> {
  const { root, trees } = parts
  const known = readDiff(root, id)
  const fresh = `${layerFolder(root, id)}/tree.${temporaryName()}`
  const request = {
    blob: source.path,
    // The blob was verified on arrival: its digest is computed again only if there is no diff ID to verify.
    ...(known === undefined && source.blob !== undefined && { expectDigest: source.blob.descriptor.digest }),
    ...(known !== undefined && { expectDiffId: known.diffId }),
    tree: fresh,
    base,
    ...(hasLiteralNames(root, id) && { literalNames: true }),
  }
  try {
    await takeTree(parts, id, { fresh, source, made: await trees.unpackLayer(request, signal) })
  } catch (error) {
    throw hasCode(error, 'TREE_ARCHIVE') ? badLayer(source.blob?.descriptor.digest ?? source.path, error) : error
  } finally {
    if (existsSync(fresh)) await trees.remove({ paths: [fresh] })
  }
}

export interface FreshTree {
  readonly fresh: string
  readonly source: UnpackSource
  readonly made: UnpackedTree
}

export async function takeTree(
  { root, trees }: LayerParts,
  id: LayerId,
  { fresh, source, made }: FreshTree,
): Promise<void> {
  publishTree(fresh, layerFile.unpacked(root, id))
  rememberUnpacked({ root, id }, source, made)
  const doubtful = doubtfulTrees(root, id)
  if (doubtful.length > 0) await trees.remove({ paths: doubtful })
}

export function publishTree(fresh: string, destination: string): void {
  try {
    renameSync(fresh, destination)
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error // another process was faster, with an equal tree
  }
}

function rememberUnpacked(
  { root, id }: { readonly root: string; readonly id: LayerId },
  source: UnpackSource,
  made: UnpackedTree,
): void {
  const known = readDiff(root, id)
  if (known?.contentBytes === undefined) {
    const diffId = parseDigest(made.diffId)
    writeDiff(root, id, { diffId, sizeBytes: made.sizeBytes, contentBytes: made.contentBytes })
    claimDiffId(root, diffId, id)
  }
  if (source.blob !== undefined && !source.blob.isVerified)
    writeCompressed(root, id, { ...source.blob, isVerified: true })
}

export function unreadable(id: LayerId | undefined): never {
  throw new StoreError(
    'STORE_LAYER_MISSING',
    `Cannot read layer "${id}": not in the store in any form (expected tree, tar or blob)`,
    {
      hint: 'Pull or build the image again',
      layer: id,
    },
  )
}
