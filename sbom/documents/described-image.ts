import { createHash } from 'node:crypto'
import type { Inventory } from '../package.ts'

declare const TSBUILD_VERSION: string

/** Subject of a document. */
export interface DescribedImage {
  /** A reference, or the digest if there is none. */
  readonly name: string
  /** Digest of the configuration. */
  readonly id: string
  /** RFC 3339: of the image, so that the same image has the same document. */
  readonly created: string | undefined
  readonly inventory: Inventory
}

export function toolVersion(): string {
  return typeof TSBUILD_VERSION === 'undefined' ? '0' : TSBUILD_VERSION
}

/** RFC 3339 in whole seconds, as both formats want it. */
export function createdAt({ created }: DescribedImage): string {
  const time = new Date(created ?? 0)
  return `${(Number.isNaN(time.getTime()) ? new Date(0) : time).toISOString().slice(0, 19)}Z`
}

/** A UUID derived from the texts. SPEC: RFC 9562, version 8. */
export function uuidOf(...texts: readonly string[]): string {
  const bytes = createHash('sha256').update(texts.join('\0')).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
