import { ImageSpecError } from './errors.ts'
import { parseUntrustedJson } from './untrusted-json.ts'

/**
 * Reads untrusted JSON: every access states the expected type, and errors name the field. Without valibot: every cached
 * build reads a configuration, and loading the library takes 8 ms.
 */
export interface JsonShape {
  readonly value: unknown
  /** `manifest.layers[2].size`, for messages. */
  readonly at: string
}

export function parseJson(bytes: Uint8Array | string, name: string): JsonShape {
  const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8')
  try {
    return { value: parseUntrustedJson(text), at: name }
  } catch (cause) {
    throw new ImageSpecError(
      'STORE_BAD_DOCUMENT',
      `Cannot read ${name}: ${describeJsonFailure(cause)} (expected a JSON document)`,
      {
        cause,
      },
    )
  }
}

function describeJsonFailure(cause: unknown): string {
  const isDeep = cause instanceof Error && cause.message.startsWith('nested')
  return isDeep ? cause.message : 'not JSON'
}

export function field(shape: JsonShape, key: string): JsonShape {
  const found = asObject(shape)
  return { value: Object.hasOwn(found, key) ? found[key] : undefined, at: `${shape.at}.${key}` }
}

/** Absent and null are equal: Go writes null for unset values. */
export function optional<T>(shape: JsonShape, read: (shape: JsonShape) => T): T | undefined {
  return shape.value === undefined || shape.value === null ? undefined : read(shape)
}

export function asText(shape: JsonShape): string {
  if (typeof shape.value !== 'string') throw unexpectedShape(shape, 'a string')
  return shape.value
}

export function asWholeNumber(shape: JsonShape): number {
  if (typeof shape.value !== 'number' || !Number.isSafeInteger(shape.value))
    throw unexpectedShape(shape, 'a whole number')
  return shape.value
}

/** A whole number of 64 bits. Those beyond 2^53 are rounded; `printJson` prints the greatest one exactly. */
export function asGoInteger(shape: JsonShape): number {
  if (typeof shape.value !== 'number' || !Number.isInteger(shape.value) || Math.abs(shape.value) > 2 ** 63)
    throw unexpectedShape(shape, 'a whole number')
  return shape.value
}

export function asSize(shape: JsonShape): number {
  const size = asWholeNumber(shape)
  if (size < 0) throw unexpectedShape(shape, 'a size in bytes')
  return size
}

export function asBoolean(shape: JsonShape): boolean {
  if (typeof shape.value !== 'boolean') throw unexpectedShape(shape, 'true or false')
  return shape.value
}

export function asList<T>(shape: JsonShape, read: (shape: JsonShape) => T): T[] {
  if (!Array.isArray(shape.value)) throw unexpectedShape(shape, 'a list')
  return shape.value.map((value: unknown, index) => read({ value, at: `${shape.at}[${index}]` }))
}

/** An object with arbitrary keys. SECURITY: each becomes an own property, including `__proto__`. */
export function asTable<T>(shape: JsonShape, read: (shape: JsonShape) => T): Record<string, T> {
  const entries = Object.entries(asObject(shape)).map(([key, value]): [string, T] => {
    return [key, read({ value, at: `${shape.at}.${key}` })]
  })
  return Object.fromEntries(entries)
}

/** SECURITY: paths contain keys of foreign documents, which may be as long as the document. */
const MAX_PATH_LENGTH = 200
const MAX_FOUND_LENGTH = 80

export function unexpectedShape(shape: JsonShape, needed: string): ImageSpecError {
  const text = JSON.stringify(shape.value) ?? 'nothing'
  const found = text.length > MAX_FOUND_LENGTH ? `${text.slice(0, MAX_FOUND_LENGTH)}…` : text
  const at = shape.at.length > MAX_PATH_LENGTH ? `${shape.at.slice(0, MAX_PATH_LENGTH)}…` : shape.at
  return new ImageSpecError('STORE_BAD_DOCUMENT', `Cannot read ${at}: found ${found} (expected ${needed})`)
}

function asObject(shape: JsonShape): Record<string, unknown> {
  const { value } = shape
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unexpectedShape(shape, 'an object')
  return value as Record<string, unknown> // true for every object; its values are unknown
}

/** `{ key: value }`, or `{}` if the value is undefined: optional properties are absent, never undefined. */
export function present<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T } // the key is K by its type
}
