import type { FlagTable } from '../flags/flag-table.ts'

const FORMAT_HELP = "Format output: table, json, 'table {{.Field}}\\t…' or a Go template"

/** Flags of commands that list objects. */
export const listFlags = {
  format: { kind: 'string', help: FORMAT_HELP },
  'no-trunc': { kind: 'bool', help: 'Do not truncate output' },
  quiet: { kind: 'bool', short: 'q', help: 'Only display IDs' },
} as const satisfies FlagTable

/** Flags of commands that inspect objects. */
export const inspectFlags = {
  format: { kind: 'string', short: 'f', help: 'Format output: json or a Go template' },
} as const satisfies FlagTable
