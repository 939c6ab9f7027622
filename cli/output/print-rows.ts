import type { Io } from '../command.ts'
import { formatRows, type ListFormat, type Row } from './format-rows.ts'

export interface RowTable extends Pick<ListFormat, 'columns' | 'titles'> {
  /** Field that `-q` prints; default `ID`. */
  readonly quietField?: string
}

/** A list in the format that the command's flags request. */
export function printRows(
  {
    values,
    io,
  }: { readonly values: { readonly format: string | undefined; readonly quiet?: boolean }; readonly io: Io },
  rows: readonly Row[],
  { quietField = 'ID', ...table }: RowTable,
): void {
  const { format, quiet = false } = values
  io.stdout.write(formatRows(rows, { ...table, format, quiet, quietField, toTerminal: io.stdout.isTTY === true }))
}
