import type { ContainerContext } from '../contract/context.ts'
import { filesOf, isCopied } from './container-files.ts'
import type { StoredContainer } from './stored-container.ts'

/** Directories below the container's upper directory, for an overlay. */
export async function treesBelow(
  { store, root }: Pick<ContainerContext, 'store' | 'root'>,
  { id, chain }: Pick<StoredContainer, 'id' | 'chain'>,
): Promise<readonly string[]> {
  return isCopied(filesOf(root, id)) ? [] : store.layers.trees(chain)
}
