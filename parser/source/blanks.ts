/**
 * SPEC: Go's unicode.IsSpace, which BuildKit uses for trimming and splitting. Unlike `\s`, it includes U+0085 but not
 * the byte order mark.
 */
export const BLANK = /\p{White_Space}/u

export function trimBlanks(text: string): string {
  return trimBlanksEnd(trimBlanksStart(text))
}

export function trimBlanksStart(text: string): string {
  let start = 0
  while (start < text.length && BLANK.test(text[start] ?? '')) start += 1
  return text.slice(start)
}

export function trimBlanksEnd(text: string): string {
  let end = text.length
  while (end > 0 && BLANK.test(text[end - 1] ?? '')) end -= 1
  return text.slice(0, end)
}
