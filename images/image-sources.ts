import type { LayerStore } from '../layer-store/index.ts'
import type { RegistryClient } from '../registry/index.ts'

/** Where images are: the store, and registries once they are asked. */
export interface ImageSources {
  readonly store: LayerStore
  registry(): Promise<RegistryClient>
}
