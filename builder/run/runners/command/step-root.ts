import type { LayerRecord } from '../../../../layer-store/index.ts'
import type { RunOutcome, RunRequest, SandboxIo } from '../../../../sandbox-native/driver/index.ts'

/** The root filesystem of one command: the layers below it, and room for what it changes. */
export interface StepRoot {
  /** Unique among running commands. */
  readonly name: string
  run(request: Omit<RunRequest, 'rootfs'>, io: SandboxIo): Promise<RunOutcome>
  /** What the command changed; most commands change files, one that did not leaves no layer. */
  commit(): Promise<LayerRecord | undefined>
  abandon(): Promise<void>
}
