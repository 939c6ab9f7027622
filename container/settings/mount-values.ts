import type { MountPoint } from '../contract/record.ts'

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1 << 10, m: 1 << 20, g: 1 << 30, t: 2 ** 40 }

/** Parses `64m`, `1.5g`, `4096`; NaN if it is not a size. */
export function parseSize(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([bkmgt]?)(?:i?b)?$/i.exec(text) ?? []
  return number === '' ? Number.NaN : Math.trunc(Number(number) * (UNITS[unit.toLowerCase()] ?? Number.NaN))
}

/** Parses an octal mode; NaN if it is not a mode. */
export function parseMode(text: string): number {
  return /^[0-7]{1,5}$/.test(text) ? Number.parseInt(text, 8) : Number.NaN
}

export function isPropagation(word: string): word is NonNullable<MountPoint['propagation']> {
  return /^r?(private|shared|slave)$/.test(word)
}
