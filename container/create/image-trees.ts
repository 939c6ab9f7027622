import type { LayerForm } from '../../layer-store/index.ts'
import type { ContainerContext } from '../contract/context.ts'
import type { ContainerFiles } from '../state/container-files.ts'
import type { StoredContainer } from '../state/stored-container.ts'

/** Directories with the files of an image, top first: its layers, or, if no overlay can be mounted, a copy of all. */
export async function imageTrees(
  { native, store, onWarning }: Pick<ContainerContext, 'native' | 'store' | 'onWarning'>,
  { upper }: ContainerFiles,
  chain: StoredContainer['chain'],
): Promise<readonly string[]> {
  if (native.isolation !== 'copied-tree') return store.layers.trees(chain)
  onWarning(
    'No overlay can be mounted on the filesystem of the store: the container works in a copy of its image (docs/rootless.md)',
  )
  const output = { kind: 'directory', path: upper, keepOwners: true } as const
  await native.trees.flatten({ layers: await store.layers.forms(chain), output })
  return [upper]
}

/** With an overlay, the init layer is separate; in a copy, it is merged into the tree. */
export async function settleTree(
  { native }: Pick<ContainerContext, 'native'>,
  { upper, initLayer, survey }: ContainerFiles,
): Promise<void> {
  if (native.isolation !== 'copied-tree') return
  const layers: LayerForm[] = [{ kind: 'tree', path: initLayer }]
  await native.trees.advance({ tree: upper, layers, survey })
}
