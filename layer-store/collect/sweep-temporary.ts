import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { layerFolder } from '../files/store-paths.ts'
import { type OwnerState, ownerState } from '../files/temporary-owner.ts'
import { doubtfulTrees, isLayerId } from '../layers/layer-files.ts'
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
    readdirSync(folder)
      .filter((name) => folder.endsWith('/tmp') || /^(\.unpack-)?(?:tree|tar)\./.test(name))
      .map((name) => ({ path: join(folder, name), owner: ownerState(name) })),
  )
  const pathsOf = (owner: OwnerState) => temporary.filter((one) => one.owner === owner).map(({ path }) => path)
  if (!isExclusive) return pathsOf('dead')
  // The next command may resume these.
  const unknown = pathsOf('unknown')
  if (unknown.length > 0) await trees.remove({ paths: unknown })
  const doubtful = readdirSync(join(root, 'layers'))
    .filter(isLayerId)
    .flatMap((id) => doubtfulTrees(root, id))
  return [...pathsOf('dead'), ...doubtful]
}

function layerFolders(root: string): readonly string[] {
  return readdirSync(join(root, 'layers'))
    .filter(isLayerId)
    .map((id) => layerFolder(root, id))
}
