import type { Chain, LayerStore } from '../layer-store/index.ts'
import type { TreeWork } from '../sandbox-native/driver/index.ts'
import type { DescribedImage } from './documents/described-image.ts'
import { readInventory } from './read-inventory.ts'

interface Parts {
  readonly store: LayerStore
  readonly trees: Pick<TreeWork, 'readFiles'>
}

/** Reads the packages of an image in the store, which the caller protects from garbage collection. */
export async function describeImage(
  { store, trees }: Parts,
  { chain, ...image }: Omit<DescribedImage, 'inventory'> & { readonly chain: Chain },
  signal?: AbortSignal,
): Promise<DescribedImage> {
  const layers = await store.layers.forms(chain, signal)
  const tree = { trees, layers, temporaryPath: store.blobs.temporaryPath() }
  return { ...image, inventory: await readInventory(tree, signal) }
}
