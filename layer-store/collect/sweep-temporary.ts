import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { namesIn } from '../files/names-in.ts'
import { layerFolder } from '../files/store-paths.ts'
import { type OwnerState, ownerState } from '../files/temporary-owner.ts'
import { doubtfulTrees, isLayerId } from '../layers/layer-files.ts'
import type { LayerId } from '../layers.ts'
import type { StoreTreeWork } from '../tree-work.ts'

/**
 * Returns what dead processes of this machine left. With exclusive access, files of unknown processes are unused, too.
 */
export async function sweepTemporary(
  root: string,
  trees: StoreTreeWork,
  isExclusive: boolean,
): Promise<readonly string[]> {
  const temporary = [join(root, 'tmp'), ...layerFolders(root)].flatMap((folder) =>
    namesIn(folder) // another process may withdraw its own layer at any time
      .filter((name) => folder.endsWith('/tmp') || /^(\.unpack-)?(?:tree|tar)\./.test(name))
      .map((name) => ({ path: join(folder, name), owner: ownerState(name) })),
  )
  const pathsOf = (owner: OwnerState) => temporary.filter((one) => one.owner === owner).map(({ path }) => path)
  if (!isExclusive) return pathsOf('dead')
  // The next command may resume these.
  const unknown = pathsOf('unknown')
  if (unknown.length > 0) await trees.remove({ paths: unknown })
  const doubtful = layersOnDisk(root).flatMap((id) => doubtfulTrees(root, id))
  return [...pathsOf('dead'), ...doubtful]
}

function layerFolders(root: string): readonly string[] {
  return layersOnDisk(root).map((id) => layerFolder(root, id))
}

function layersOnDisk(root: string): readonly LayerId[] {
  return readdirSync(join(root, 'layers')).filter(isLayerId)
}
