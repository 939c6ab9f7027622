/**
 * A name from an image, as part of a line: control characters are written as JSON has them. SECURITY: a file name with a
 * line feed must not start a new line, which CI systems would take for a command.
 */
export function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
