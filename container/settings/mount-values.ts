import type { MountPoint } from '../contract/record.ts'

/** Parses an octal mode; NaN if it is not a mode. */
export function parseMode(text: string): number {
  return /^[0-7]{1,5}$/.test(text) ? Number.parseInt(text, 8) : Number.NaN
}

export function isPropagation(word: string): word is NonNullable<MountPoint['propagation']> {
  return /^r?(private|shared|slave)$/.test(word)
}
