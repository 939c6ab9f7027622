import type { FlagTable } from '../flags/flag-table.ts'
import { buildFlags } from './build-flags.ts'

/** Flags of `build` that affect the plan, for commands that only print it. */
export const planFlags = {
  file: buildFlags.file,
  'build-arg': buildFlags['build-arg'],
  'build-arg-file': buildFlags['build-arg-file'],
  'build-context': buildFlags['build-context'],
  target: buildFlags.target,
  platform: buildFlags.platform,
  pull: buildFlags.pull,
  network: buildFlags.network,
  label: buildFlags.label,
} as const satisfies FlagTable
