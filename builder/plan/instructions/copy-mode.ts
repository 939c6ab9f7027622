/** SPEC: chmod(1), symbolic modes: `u=rwX,go=rX`, `+x`, `g=u`. */
const SYMBOLIC = /^[ugoa]*(?:[-+=](?:[rwxXst]+|[ugo])?)+(?:,[ugoa]*(?:[-+=](?:[rwxXst]+|[ugo])?)+)*$/

/** Whether `--chmod` is valid: octal from 0 to 07777, or symbolic. */
export function isCopyMode(mode: string): boolean {
  if (/^[0-7]+$/.test(mode)) return Number.parseInt(mode, 8) <= 0o7777
  return SYMBOLIC.test(mode)
}
