import { existsSync } from 'node:fs'
import type { FileFollower } from '../file-follower.ts'
import { layerFolder } from '../files/store-paths.ts'
import { temporaryName } from '../files/temporary-owner.ts'
import type { ArrivingBlob, Chain } from '../layers.ts'

import { addRemote } from './commit.ts'
import { type LayerParts, readyForm, takeTree } from './create-trees.ts'
import { layerFile } from './layer-files.ts'

/** The layer is published as a name first, to have a directory for its tree. */
export async function startTree(
  parts: LayerParts,
  below: Chain,
  { descriptor, diffId, path }: ArrivingBlob,
): Promise<FileFollower<void> | undefined> {
  const { root, trees } = parts
  if (parts.unpacksTo !== 'tree') return undefined
  await parts.lease.add(below)
  const base = below.map((id) => readyForm(root, id))
  if (!base.every((form) => form !== undefined)) return undefined
  const id = await addRemote(parts, diffId, [])
  if (existsSync(layerFile.tree(root, id))) return undefined
  const fresh = `${layerFolder(root, id)}/tree.${temporaryName()}`
  const request = { blob: path, expectDiffId: diffId, tree: fresh, base: base.reverse() }
  const unpacking = trees.unpackGrowing(request)
  const cleared = async () => {
    if (existsSync(fresh)) await trees.remove({ paths: [fresh] })
  }
  return {
    grow: unpacking.grow,
    finish: async () => {
      try {
        const source = { path, blob: { descriptor, isVerified: false } }
        await takeTree(parts, id, { fresh, source, made: await unpacking.finish() })
      } finally {
        await cleared()
      }
    },
    abandon: async () => {
      await unpacking.abandon()
      await cleared()
    },
  }
}
