/**
 * The fields of one CSV line, or undefined if its quotes are wrong. SPEC: RFC 4180, and as Go's encoding/csv reads it:
 * a quote may only stand around a whole field.
 */
export function csvFields(line: string): readonly string[] | undefined {
  const fields: string[] = []
  let rest = line
  while (true) {
    const match = /^(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/.exec(rest)
    if (!match) return undefined
    const [whole, quoted, plain = '', separator] = match
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    if (separator !== ',') return fields
    rest = rest.slice(whole.length)
  }
}
