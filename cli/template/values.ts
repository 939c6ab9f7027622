/** What templates see: plain data as it stands in JSON. */
export type Value = unknown

/** SPEC: text/template: false, 0, nil, and empty strings, lists and maps count as false. */
export function isTrue(value: Value): boolean {
  if (value === null || value === undefined || value === false || value === 0 || value === '') return false
  if (Array.isArray(value)) return value.length > 0
  return typeof value === 'object' ? Object.keys(value).length > 0 : true
}

/** As Go's `%v` prints: `[a b]`, `map[k:v]`. */
export function printed(value: Value): string {
  if (value === undefined) return '<no value>'
  if (value === null) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(printed).join(' ')}]`
  if (isMap(value)) {
    return `map[${Object.keys(value)
      .sort()
      .map((key) => `${key}:${printed(value[key])}`)
      .join(' ')}]`
  }
  return String(value)
}

/** A field that is asked with a word, such as `.Label "name"`. */
export function isMethod(value: Value): value is (word: string) => Value {
  return typeof value === 'function'
}

export function isMap(value: Value): value is Readonly<Record<string, Value>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A field or entry that is really there; never one of a prototype. */
export function entryOf(value: Value, key: string): Value {
  return isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined
}
