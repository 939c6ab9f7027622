import type { Containers } from '../container/index.ts'
import type { LayerStore } from '../layer-store/index.ts'
import type { RegistryClient } from '../registry/index.ts'
import type { Native } from '../sandbox-native/driver/index.ts'
import type { TextBuilder } from './build-options.ts'
import type { Images } from './images.ts'

/** Everything that a command needs, opened once by `openEngine()`; parts that cost start-up time are opened when first asked for. */
export interface Engine {
  readonly store: LayerStore
  readonly native: Native
  readonly builder: TextBuilder
  readonly images: Images
  /** Those of the store, with their volumes; missing images are pulled. */
  containers(): Promise<Containers>
  volumes(): Promise<Containers['volumes']>
  /** The same client for the life of the engine. */
  registry(): Promise<RegistryClient>
  /** Waits for the builds and transfers that are running: when it resolves, nothing of this engine is. */
  close(): Promise<void>
}

export interface EngineOptions {
  /** Default: TSBUILD_ROOT, else /var/lib/tsbuild for root, else the XDG data directory. */
  readonly root?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly insecureHosts?: readonly string[]
  /** Of containers: what a caller should know and what stops nothing. */
  readonly onWarning?: (message: string) => void
  /** Steps that may run at once. Default: twice the number of CPUs, at least 16. */
  readonly maxParallelSteps?: number
}
