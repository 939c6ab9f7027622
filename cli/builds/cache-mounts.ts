import type { CacheMountsExport, CacheMountsImport } from '../../builder/index.ts'
import { byteSize } from '../../notation/index.ts'
import { badValue, type CacheFlag, cachePlaceOf, PLACE_TYPES, switchOf } from './cache-place.ts'
import { compressionOf, typeOf } from './remote-caches.ts'

const COMMON_KEYS = ['id', 'max-size']
const EXPORT_KEYS = [...COMMON_KEYS, 'ignore-error', 'compression', 'compression-level']
const DEFAULT_MAX_BYTES = 10 * 2 ** 30

export function parseCacheMountsFrom(flags: readonly CacheFlag[]): readonly CacheMountsImport[] {
  return flags.map((given) => mountsOf(given, COMMON_KEYS))
}

export function parseCacheMountsTo(flags: readonly CacheFlag[]): readonly CacheMountsExport[] {
  return flags.map((given) => {
    const ignoreError = switchOf(given, 'ignore-error') ?? false
    return { ...mountsOf(given, EXPORT_KEYS), ignoreError, ...compressionOf(given, 'zstd') }
  })
}

function mountsOf(given: CacheFlag, more: readonly string[]): CacheMountsImport {
  const place = cachePlaceOf(given, typeOf(given, PLACE_TYPES), more)
  const ids = given.pairs
    .get('id')
    ?.split(';')
    .filter((id) => id !== '')
  return { place, ...(ids && { ids }), maxBytes: maxBytes(given) }
}

function maxBytes(given: CacheFlag): number {
  const text = given.pairs.get('max-size')
  if (text === undefined) return DEFAULT_MAX_BYTES
  const bytes = byteSize(text)
  if (bytes === undefined || bytes === 0)
    throw badValue(given, `max-size=${text}`, 'not a size (expected a number such as 2GB)')
  return bytes
}
