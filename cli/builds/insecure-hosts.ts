import { parseReference } from '../../image-spec/index.ts'
import { type CacheFlag, registryName, switchOf } from './cache-location.ts'

/** Registries of `names`, and of caches with `registry.insecure=true`. */
export function insecureHostsOfBuild(names: readonly string[], caches: readonly CacheFlag[]): readonly string[] {
  const insecure = caches.filter((cacheFlag) => switchOf(cacheFlag, 'registry.insecure') === true)
  return [...names.map(parseReference), ...insecure.map(registryName)].map(({ host }) => host)
}
