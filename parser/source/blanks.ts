/** SPEC: Go's unicode.IsSpace, by which BuildKit trims and divides. Other than `\s` it has U+0085, and no byte order mark. */
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
