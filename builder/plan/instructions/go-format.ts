/**
 * Formats text as Go's fmt does: histories of images contain it, and images are compared by history.
 * SPEC: Go fmt `%q`, `%v`; strconv.Quote.
 */

const NAMED: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}

/** `%q` of a string. */
function goQuote(text: string): string {
  let quoted = ''
  for (const character of text) quoted += NAMED[character] ?? (isPrintable(character) ? character : escaped(character))
  return `"${quoted}"`
}

/** `%q` of a list of strings: `["a" "b"]`. */
export function goQuoteList(items: readonly string[]): string {
  return `[${items.map(goQuote).join(' ')}]`
}

function isPrintable(character: string): boolean {
  return character === ' ' || !/[\p{C}\p{Z}]/u.test(character)
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`
}
