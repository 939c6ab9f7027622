import { splitPair } from './pair.ts'

/**
 * Splits one line of CSV. A field that starts with a quote ends at the closing one, with `""` for a quote. Undefined if
 * a quoted field is unterminated or followed by more text, or if an unquoted field contains a quote.
 */
export function splitCsv(line: string): readonly string[] | undefined {
  const fields: string[] = []
  let offset = 0
  while (true) {
    const field = line[offset] === '"' ? quotedField(line, offset) : bareField(line, offset)
    if (field === undefined) return undefined
    fields.push(field.text)
    if (field.end >= line.length) return fields
    offset = field.end + 1
  }
}

/** `key=value`, the key in lower case; the value is undefined without `=`. SPEC: BuildKit and docker lower the keys of mounts. */
export function splitField(field: string): readonly [key: string, value: string | undefined] {
  const [key, value] = splitPair(field)
  return [key.toLowerCase(), value]
}

interface Field {
  readonly text: string
  /** Position of the comma or the end of the line. */
  readonly end: number
}

function bareField(line: string, start: number): Field | undefined {
  const comma = line.indexOf(',', start)
  const end = comma === -1 ? line.length : comma
  const text = line.slice(start, end)
  return text.includes('"') ? undefined : { text, end }
}

function quotedField(line: string, start: number): Field | undefined {
  let text = ''
  let from = start + 1
  while (true) {
    const quote = line.indexOf('"', from)
    if (quote === -1) return undefined
    text += line.slice(from, quote)
    if (line[quote + 1] === '"') {
      text += '"'
      from = quote + 2
      continue
    }
    const end = quote + 1
    return end === line.length || line[end] === ',' ? { text, end } : undefined
  }
}
