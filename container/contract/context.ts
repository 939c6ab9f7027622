import type { LayerStore } from '../../layer-store/index.ts'
import type { Native } from '../../sandbox-native/driver/index.ts'
import type { ContainersOptions } from './container.ts'

/** Dependencies of all operations on containers. */
export interface ContainerContext {
  readonly root: string
  readonly store: LayerStore
  readonly native: Native
  readonly env: Readonly<Record<string, string | undefined>>
  readonly pull: ContainersOptions['pull']
  readonly onWarning: (message: string) => void
}
