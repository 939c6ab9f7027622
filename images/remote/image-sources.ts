import type { LayerStore } from '../../layer-store/index.ts'
import type { RegistryClient } from '../../registry/index.ts'

/** The store, and a registry client opened on first use. */
export interface ImageSources {
  readonly store: LayerStore
  registry(): Promise<RegistryClient>
}
