const WORDS = new Map<string, boolean>([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((word) => [word, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((word) => [word, false] as const),
])

/** SPEC: Go strconv.ParseBool; undefined for any other word. */
export function parseGoBool(text: string): boolean | undefined {
  return WORDS.get(text)
}
