import { type Descriptor, digestOf } from '../../image-spec/index.ts'
import { CacheError } from '../errors.ts'
import { MAX_CACHE_CONFIG_BYTES } from './cache-location.ts'

/** Reads the cache's configuration as a whole, verified. */
export async function readCapped(
  blob: Descriptor,
  bytes: AsyncIterable<Uint8Array>,
  name: string,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  if (blob.size > MAX_CACHE_CONFIG_BYTES) throw tooLarge(name)
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > Math.min(blob.size, MAX_CACHE_CONFIG_BYTES)) throw tooLarge(name)
    chunks.push(chunk)
  }
  const whole = Buffer.concat(chunks)
  const digest = digestOf(whole)
  if (digest === blob.digest) return whole
  throw badCache(name, `its configuration has the digest ${digest}, not ${blob.digest}`)
}

export function tooLarge(name: string): CacheError {
  return badCache(name, `its configuration is larger than ${MAX_CACHE_CONFIG_BYTES} bytes`)
}

export function badCache(
  name: string,
  found: string,
  more: { readonly hint?: string; readonly cause?: unknown } = {},
): CacheError {
  const hint = 'Write the cache again with --cache-to, under another name if others use this one'
  return new CacheError('CACHE_BAD', `Cannot read cache "${name}": ${found}`, { hint, ...more })
}

export const NO_MOUNTS = 'not an archive of cache mounts'
export const NO_MOUNTS_HINT = 'Use a name for cache mounts that no layer cache or image has'
