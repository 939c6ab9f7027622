/**
 * SPEC: Go's encoding/json escapes HTML's special characters, even in strings. An image ID is the digest of such a
 * text: with the same encoding, an image has the same ID as in docker.
 */
export function printJson(document: unknown, indent?: number): string {
  return JSON.stringify(document, undefined, indent).replaceAll(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
