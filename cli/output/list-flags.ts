import type { FlagTable } from '../flags/flag-table.ts'

const FORMAT_HELP = "Format output: table, json, 'table {{.Field}}\\t…' or a Go template"

/** What every command that lists something understands. */
export const listFlags = {
  format: { kind: 'string', help: FORMAT_HELP },
  'no-trunc': { kind: 'bool', help: 'Do not truncate output' },
  quiet: { kind: 'bool', short: 'q', help: 'Only display IDs' },
} as const satisfies FlagTable

/** What every command that inspects something understands. */
export const inspectFlags = {
  format: { kind: 'string', short: 'f', help: 'Format output: json or a Go template' },
} as const satisfies FlagTable
