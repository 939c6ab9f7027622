import type { Containers } from '../container/index.ts'
import type { LayerStore } from '../layer-store/index.ts'
import type { RegistryClient } from '../registry/index.ts'
import type { Native } from '../sandbox-native/driver/index.ts'
import type { TextBuilder } from './build-options.ts'
import type { Images } from './images.ts'

/**
 * Everything that a command needs, opened once by `openEngine()`; parts that are slow to start are opened on first use.
 */
export interface Engine {
  readonly store: LayerStore
  readonly native: Native
  readonly builder: TextBuilder
  readonly images: Images
  /** Containers of the store, with their volumes; missing images are pulled. */
  containers(): Promise<Containers>
  volumes(): Promise<Containers['volumes']>
  /** The same client for the lifetime of the engine. */
  registry(): Promise<RegistryClient>
  /** Resolves when all builds and transfers of this engine have ended. */
  close(): Promise<void>
}

export interface EngineOptions {
  /** Default: TSBUILD_ROOT, else /var/lib/tsbuild for root, else the XDG data directory. */
  readonly root?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly insecureHosts?: readonly string[]
  /** Receives warnings about containers. */
  readonly onWarning?: (message: string) => void
  /** Maximum number of steps running at once. Default: twice the number of CPUs, at least 16. */
  readonly maxParallelSteps?: number
}
