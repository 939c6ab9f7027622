import type { Chain } from '../../../layer-store/index.ts'
import type { FileSource } from '../../../sandbox-native/driver/index.ts'
import type { Material } from '../../request/material.ts'
import type { Outcome } from '../../solve/runner.ts'

/** The result of a node of a build. */
export type StepValue = SnapshotValue | FilesValue

/** A filesystem composed of layers. */
export interface SnapshotValue {
  readonly kind: 'snapshot'
  /** Fetches layers missing from the store first (those of a base image that no step has needed so far). */
  chain(): Promise<Chain>
}

/** Files outside of layers: the build context, a git checkout, a download. */
export interface FilesValue {
  readonly kind: 'files'
  readonly source: FileSource
  /** Absent for the caller's directories. */
  readonly origin?: Material
}

export function snapshotOf(chain: Chain): SnapshotValue {
  return { kind: 'snapshot', chain: () => Promise.resolve(chain) }
}

/** The input as a snapshot; the planner passes file trees to these steps only as snapshots. */
export function chainOf(input: Outcome<StepValue> | undefined): Promise<Chain> {
  if (input?.value.kind !== 'snapshot') throw new Error('a step was planned on something that is not a filesystem')
  return input.value.chain()
}
