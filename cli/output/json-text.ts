/**
 * JSON as JSON.stringify writes it, with DEL and C1 controls escaped as well. SECURITY: terminals take U+009B for the
 * start of a sequence, and images, registries and repositories choose what is in names and labels.
 */
export function jsonText(document: unknown, indent?: number): string {
  return JSON.stringify(document, null, indent).replace(
    /[\u007f-\u009f]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
