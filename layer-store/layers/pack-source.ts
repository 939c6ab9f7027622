import { existsSync } from 'node:fs'
import type { LayerForm, LayerId } from '../layers.ts'
import { type LayerParts, unreadable } from './create-trees.ts'
import { layerFile, readCompressed } from './layer-files.ts'

/** A layer to be read through. */
export interface PackJob extends LayerParts {
  readonly id: LayerId
  /** Makes the layers below readable: their forms, top first. */
  readonly below: () => Promise<readonly LayerForm[]>
}

export interface PackSource {
  readonly layer: LayerForm | { readonly kind: 'blob'; readonly path: string }
  readonly base: readonly LayerForm[]
}

/**
 * What a layer is packed from: its archive if there is one, which has the diff ID's exact bytes; a tree unpacked from
 * it would yield a different archive of the same files. Only a tree, which is packed as the difference from the layers
 * below, needs those to be readable.
 */
export async function packSource({ root, blobs, id, below }: PackJob): Promise<PackSource> {
  const tar = layerFile.tar(root, id)
  if (existsSync(tar)) return { layer: { kind: 'tar', path: tar, index: layerFile.index(root, id) }, base: [] }
  for (const { descriptor } of readCompressed(root, id)) {
    if (!(await blobs.has(descriptor.digest))) continue
    return { layer: { kind: 'blob', path: blobs.path(descriptor.digest) }, base: [] }
  }
  const tree = layerFile.tree(root, id)
  if (!existsSync(tree)) return unreadable(id)
  return { layer: { kind: 'tree', path: tree }, base: await below() }
}
