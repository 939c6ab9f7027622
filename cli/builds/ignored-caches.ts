import type { BuildWarning } from '../../builder/index.ts'

export const CACHE_IGNORED = 'Ignored with a warning: the only cache is the one in the local store'

/** A pipeline written for docker builds without its remote cache, only slower. */
export function ignoredCaches(values: {
  readonly 'cache-from': readonly string[]
  readonly 'cache-to': readonly string[]
}): readonly BuildWarning[] {
  return (['cache-from', 'cache-to'] as const).flatMap((flag) =>
    values[flag].map((value) => ({
      code: 'CacheIgnored',
      message: `--${flag} ${value} is ignored: remote caches are not supported yet, the local store is the cache`,
    })),
  )
}
