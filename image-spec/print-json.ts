/**
 * SPEC: Go's encoding/json escapes HTML's special characters, even in strings. An image ID is the digest of such a
 * text: with the same encoding, an image has the same ID as in docker.
 */
export function printJson(document: unknown, indent?: number): string {
  return withGreatestInteger(JSON.stringify(document, undefined, indent)).replaceAll(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Go's greatest integer, 2^63 - 1, is rounded up when it is read, and Go does not read it then. */
export function withGreatestInteger(json: string): string {
  return json.replaceAll(ROUNDED, '9223372036854775807')
}

/** Behind a key; within a text, the quote is escaped. */
const ROUNDED = /(?<=(?<!\\)":\s?)9223372036854776000\b/g
