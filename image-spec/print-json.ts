/**
 * SPEC: Go's encoding/json escapes what HTML gives a meaning, also in strings. An image ID is the digest of such a text: with
 * the same one, the same image has the ID that docker gives it.
 */
export function printJson(document: unknown, indent?: number): string {
  return JSON.stringify(document, undefined, indent).replaceAll(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
