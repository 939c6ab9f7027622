import type { LayerRecord } from '../../../../layer-store/index.ts'
import type { RunOutcome, RunRequest, SandboxIo } from '../../../../sandbox-native/driver/index.ts'

/** The root filesystem of one command: the layers below it, and a writable layer. */
export interface StepRoot {
  /** Unique among running commands. */
  readonly name: string
  run(request: Omit<RunRequest, 'rootfs'>, io: SandboxIo): Promise<RunOutcome>
  /** The layer with the command's changes; undefined if nothing changed, which is rare. */
  commit(): Promise<LayerRecord | undefined>
  abandon(): Promise<void>
}
