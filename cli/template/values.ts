/** Values in templates: plain JSON data, or the Go types below. */
export type Value = unknown

/** A Go struct: its fields are fixed, therefore accessing another one is an error, and it is true even if empty. */
export class Struct {
  readonly [field: string]: Value
  /** `omitted`: fields that the JSON leaves out, with the values that they have for Go; null for a nil pointer. */
  constructor(fields: readonly (readonly [string, Value])[], omitted: ReadonlySet<string> = new Set()) {
    for (const [name, value] of fields)
      Object.defineProperty(this, name, { value, enumerable: !omitted.has(name), configurable: true, writable: false })
  }
}

/** A list that is nil in Go: empty, and null in JSON. */
export class NilList extends Array<never> {
  toJSON(): null {
    return null
  }
}

/** A map that is nil in Go. */
export class NilMap {
  toJSON(): null {
    return null
  }
}

/** SPEC: text/template: false, 0, nil, and empty strings, lists and maps count as false. */
export function isTrue(value: Value): boolean {
  if (value === null || value === undefined || value === false || value === 0 || value === '') return false
  if (Array.isArray(value)) return value.length > 0
  if (value instanceof Struct) return true
  return typeof value === 'object' ? Object.keys(value).length > 0 : true
}

/** As Go's `%v` prints: `[a b]`, `map[k:v]`, `{a b}` for a struct. */
export function printed(value: Value): string {
  if (value === undefined) return '<no value>'
  if (value === null) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(printed).join(' ')}]`
  if (value instanceof Struct)
    return `{${fieldsOf(value)
      .map((name) => printed(value[name]))
      .join(' ')}}`
  if (isMap(value)) {
    return `map[${Object.keys(value)
      .sort()
      .map((key) => `${key}:${printed(value[key])}`)
      .join(' ')}]`
  }
  return String(value)
}

/** In order, including those that the JSON omits. */
export function fieldsOf(value: Struct): readonly string[] {
  return Object.getOwnPropertyNames(value)
}

/** A field with a parameter, such as `.Label "name"`. */
export function isMethod(value: Value): value is (word: string) => Value {
  return typeof value === 'function'
}

export function isMap(value: Value): value is Readonly<Record<string, Value>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An own field or entry; never one of a prototype. */
export function entryOf(value: Value, key: string): Value {
  return isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined
}
