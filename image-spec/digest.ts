import { createHash } from 'node:crypto'
import { ImageSpecError } from './errors.ts'

declare const brand: unique symbol

/** `sha256:` and 64 hex digits. Created only by parsing or hashing. SPEC: image-spec descriptor.md#digests */
export type Digest = `sha256:${string}` & { readonly [brand]: 'Digest' }

export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text)
}

export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text
  throw new ImageSpecError(
    'STORE_BAD_DIGEST',
    `Cannot parse digest "${text}": not a sha256 digest (expected "sha256:" and 64 hex digits)`,
  )
}

export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest
}

/** The hex digits of an image ID or of its start, with or without `sha256:`; undefined for other text. */
export function parseIdPrefix(text: string): string | undefined {
  return /^(?:sha256:)?([0-9a-f]{1,64})$/.exec(text)?.[1]
}

export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length)
}
