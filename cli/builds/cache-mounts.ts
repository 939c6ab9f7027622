import type { CacheMountsExport, CacheMountsImport } from '../../builder/index.ts'
import { byteSize } from '../../notation/index.ts'
import { badValue, type CacheFlag, LOCATION_TYPES, parseCacheLocation, switchOf } from './cache-location.ts'
import { compressionOf, typeOf } from './remote-caches.ts'

const COMMON_KEYS = ['id', 'max-size']
const EXPORT_KEYS = [...COMMON_KEYS, 'ignore-error', 'compression', 'compression-level']
const DEFAULT_MAX_BYTES = 10 * 2 ** 30

export function parseCacheMountsFrom(flags: readonly CacheFlag[]): readonly CacheMountsImport[] {
  return flags.map((cacheFlag) => mountsOf(cacheFlag, COMMON_KEYS))
}

export function parseCacheMountsTo(flags: readonly CacheFlag[]): readonly CacheMountsExport[] {
  return flags.map((cacheFlag) => {
    const ignoreError = switchOf(cacheFlag, 'ignore-error') ?? false
    return { ...mountsOf(cacheFlag, EXPORT_KEYS), ignoreError, ...compressionOf(cacheFlag, 'zstd') }
  })
}

function mountsOf(cacheFlag: CacheFlag, more: readonly string[]): CacheMountsImport {
  const location = parseCacheLocation(cacheFlag, typeOf(cacheFlag, LOCATION_TYPES), more)
  const ids = cacheFlag.pairs
    .get('id')
    ?.split(';')
    .filter((id) => id !== '')
  return { location, ...(ids && { ids }), maxBytes: maxBytes(cacheFlag) }
}

function maxBytes(cacheFlag: CacheFlag): number {
  const text = cacheFlag.pairs.get('max-size')
  if (text === undefined) return DEFAULT_MAX_BYTES
  const bytes = byteSize(text)
  if (bytes === undefined || bytes === 0)
    throw badValue(cacheFlag, `max-size=${text}`, 'not a size (expected a number such as 2GB)')
  return bytes
}
