import type { Mount } from '../../../../sandbox-native/driver/index.ts'
import type { ExecMount } from '../../../plan/graph/operation.ts'

export type MountOf<Type extends ExecMount['type']> = Extract<ExecMount, { type: Type }>

/** One mount of a command, and what to release after it. */
export interface OpenedMount {
  readonly mount?: Mount
  readonly agent?: Readonly<Record<string, string>>
  readonly secret?: Readonly<Record<string, string>>
  readonly close?: () => Promise<void>
}
