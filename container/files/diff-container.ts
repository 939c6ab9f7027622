import type { LayerForm } from '../../layer-store/index.ts'
import type { PathChange } from '../../sandbox-native/driver/index.ts'
import type { ContainerContext } from '../contract/context.ts'
import { filesOf, isCopied } from '../state/container-files.ts'
import type { StoredContainer } from '../state/stored-container.ts'

/** Changes of the container relative to its image. */
export async function diffContainer(
  { root, store, native }: Pick<ContainerContext, 'root' | 'store' | 'native'>,
  { id, chain }: StoredContainer,
  signal?: AbortSignal,
): Promise<readonly PathChange[]> {
  const files = filesOf(root, id)
  const { upper: tree, survey } = files
  const init: LayerForm = { kind: 'tree', path: files.initLayer }
  if (isCopied(files)) {
    const base = [init, ...(await store.layers.forms(chain))]
    return (await native.trees.diff({ tree, survey, base }, signal)).changes
  }
  const trees = await store.layers.trees(chain)
  const base = [init, ...trees.map((path): LayerForm => ({ kind: 'tree', path }))]
  return (await native.trees.diff({ tree, base }, signal)).changes
}
