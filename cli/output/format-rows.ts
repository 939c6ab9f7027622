import { cleanText } from '../../builder/index.ts'
import { compileTemplate } from '../template/evaluate.ts'
import { alignColumns } from './align-columns.ts'
import { jsonText } from './json-text.ts'

/** Fields by docker's names. Functions take an argument, such as `.Label "x"`, and are not listed. */
export type Row = Readonly<Record<string, string | ((word: string) => string)>>

export interface ListFormat {
  /** `--format`: `table`, `json`, `table {{.ID}}\t{{.Names}}` or a template. */
  readonly format: string | undefined
  /** `-q`: only this field. */
  readonly quiet: boolean
  readonly quietField: string
  /** Fields of the default table, in order. */
  readonly columns: readonly string[]
  /**
   * SECURITY: output to a terminal contains no control characters; a program gets the fields unchanged, as from docker.
   */
  readonly toTerminal: boolean
  /** Title of the column of every field. */
  readonly titles: Row
}

/** A list in the requested format. */
export function formatRows(rows: readonly Row[], list: ListFormat): string {
  const { format } = list
  if (list.quiet && (format === undefined || format === 'table'))
    return rows.map((row) => `${row[list.quietField]}\n`).join('')
  if (format === undefined || format === 'table' || format === '') {
    return table(rows, list, list.columns.map((field) => `{{.${field}}}`).join('\t'))
  }
  if (format === 'json') return rows.map((row) => `${jsonText(row)}\n`).join('')
  const template = unescaped(format)
  if (template.startsWith('table ')) return table(rows, list, template.slice('table '.length))
  const render = compileTemplate(template, list.toTerminal ? cleanText : undefined)
  return rows.map((row) => `${render(row)}\n`).join('')
}

function table(rows: readonly Row[], { titles }: ListFormat, template: string): string {
  const render = compileTemplate(template)
  return alignColumns([titles, ...rows].map(render))
}

/** A shell passes `\t` as two characters. In actions, they are escapes of Go's strings. */
function unescaped(format: string): string {
  return format.replace(/\{\{.*?\}\}|\\[tn]/gs, (part) => (part === '\\t' ? '\t' : part === '\\n' ? '\n' : part))
}
