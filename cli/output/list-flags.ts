import type { FlagTable } from '../flags/flag-table.ts'

const FORMAT_HELP = "Form of the output: table, json, 'table {{.Field}}\\t…' or a Go template"

/** What every command that lists something understands. */
export const listFlags = {
  format: { kind: 'string', help: FORMAT_HELP },
  'no-trunc': { kind: 'bool', help: 'Do not shorten anything' },
  quiet: { kind: 'bool', short: 'q', help: 'Show ids only' },
} as const satisfies FlagTable

/** What every command that inspects something understands. */
export const inspectFlags = {
  format: { kind: 'string', short: 'f', help: 'Form of the output: json or a Go template' },
} as const satisfies FlagTable
