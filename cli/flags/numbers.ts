import { byteSize } from '../../notation/index.ts'
import { usageError } from '../errors.ts'

/** `500m` as bytes. */
export function byteFlag(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const bytes = byteSize(text)
  if (bytes === undefined) throw usageError(`Cannot read "${flag} ${text}": not a size (expected 64m, 1.5g or bytes)`)
  return bytes
}

export function integerFlag(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^-?\d{1,15}$/.test(text)) throw usageError(`Cannot read "${flag} ${text}": not a whole number`)
  return Number(text)
}

export function decimalFlag(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d+(?:\.\d+)?$/.test(text)) throw usageError(`Cannot read "${flag} ${text}": not a number`)
  return Number(text)
}

/** A positive integer. */
export function countFlag(flag: string, text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d{0,5}$/.test(text)) return text === undefined ? undefined : Number(text)
  throw usageError(`Cannot read "${flag} ${text}": not a number of 1 or more`)
}
