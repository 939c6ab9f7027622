import type { Builder } from '../builder/index.ts'
import type { LayerStore } from '../layer-store/index.ts'
import type { RegistryClient } from '../registry/index.ts'
import type { Native } from '../sandbox-native/driver/index.ts'

/** Everything that a command needs, opened once by `openEngine()`; parts that cost start-up time are opened when first asked for. */
export interface Engine {
  readonly store: LayerStore
  readonly native: Native
  readonly builder: Builder
  /** The same client for the life of the engine. */
  registry(): Promise<RegistryClient>
  close(): Promise<void>
}

export interface EngineOptions {
  /** Default: TSBUILD_ROOT, else /var/lib/tsbuild for root, else the XDG data directory. */
  readonly root?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly insecureHosts?: readonly string[]
  /** Steps that may run at once. Default: twice the number of CPUs, at least 16. */
  readonly maxParallelSteps?: number
}
