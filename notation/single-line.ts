/**
 * Escapes control characters of untrusted text, as JSON does. SECURITY: a newline in a file name must not start a new
 * line, which CI systems might interpret as a command.
 */
export function toSingleLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
