import type { Io } from '../command.ts'
import { alignColumns } from '../output/align-columns.ts'
import { jsonText } from '../output/json-text.ts'

export const formatFlag = {
  format: { kind: 'string', help: 'Output format', shownDefault: 'table', choices: ['table', 'json'] },
} as const

/** A list as a table with a title line, or as JSON. */
export function printList<T>(
  io: Io,
  format: string | undefined,
  {
    document,
    titles,
    rows,
  }: { readonly document: T; readonly titles: readonly string[]; readonly rows: readonly (readonly string[])[] },
): void {
  io.stdout.write(
    format === 'json' ? `${jsonText(document, 2)}\n` : alignColumns([titles, ...rows].map((row) => row.join('\t'))),
  )
}
