import { usageError } from '../errors.ts'

/** One record by the rules of Go's encoding/csv, as docker reads `--output` and `--mount`. */
function parseCsv(text: string): readonly string[] {
  const fields: string[] = []
  let rest = text
  for (;;) {
    const { field, after } = rest.startsWith('"') ? quotedField(rest, text) : bareField(rest, text)
    fields.push(field)
    if (after === undefined) return fields
    rest = after
  }
}

function bareField(rest: string, whole: string): { field: string; after: string | undefined } {
  const comma = rest.indexOf(',')
  const field = comma < 0 ? rest : rest.slice(0, comma)
  if (field.includes('"'))
    throw usageError(`Cannot read "${whole}": a quote stands inside a field (want it around the field)`)
  return { field, after: comma < 0 ? undefined : rest.slice(comma + 1) }
}

function quotedField(rest: string, whole: string): { field: string; after: string | undefined } {
  const match = /^"((?:[^"]|"")*)"(,|$)/.exec(rest)
  if (match === null) throw usageError(`Cannot read "${whole}": a quoted field does not end`)
  const field = (match[1] ?? '').replaceAll('""', '"')
  return { field, after: match[2] === ',' ? rest.slice(match[0].length) : undefined }
}

/** `key=value` fields; keys in lower case, as docker has it. */
export function parseCsvPairs(text: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>()
  for (const field of parseCsv(text)) {
    const equals = field.indexOf('=')
    if (equals < 1) throw usageError(`Cannot read "${text}": "${field}" is not key=value`)
    const key = field.slice(0, equals).toLowerCase()
    if (pairs.has(key)) throw usageError(`Cannot read "${text}": "${key}" is given twice`)
    pairs.set(key, field.slice(equals + 1))
  }
  return pairs
}
