import type { Containers, Volume } from '../../container/index.ts'
import { hasLabel } from '../../notation/index.ts'
import { filterBool } from '../flags/filters.ts'

export const volumeFilters = ['dangling', 'driver', 'label', 'name']

type Filters = ReadonlyMap<string, readonly string[]>

/** The volumes that match the filters of `docker volume ls`. */
export async function filterVolumes(containers: Containers, filters: Filters): Promise<readonly Volume[]> {
  for (const value of filters.get('dangling') ?? []) filterBool('dangling', value) // refused even if there are no volumes
  const volumes = await containers.volumes.list()
  const used = filters.has('dangling') ? await usedNames(containers) : new Set<string>()
  const tests: Readonly<Record<string, (volume: Volume, value: string) => boolean>> = {
    dangling: ({ name }, value) => used.has(name) !== filterBool('dangling', value),
    driver: (_, value) => value === 'local',
    label: ({ labels }, value) => hasLabel(labels, value),
    name: ({ name }, value) => isMatch(name, value),
  }
  return volumes.filter((volume) =>
    [...filters].every(([key, value]) => {
      const isMet = (value: string) => tests[key]?.(volume, value) === true
      return key === 'label' ? value.every(isMet) : value.some(isMet)
    }),
  )
}

/** SPEC: moby api/types/filters: a regular expression; one that is malformed matches nothing. */
function isMatch(name: string, pattern: string): boolean {
  try {
    return new RegExp(pattern).test(name)
  } catch {
    return false
  }
}

async function usedNames(containers: Containers): Promise<ReadonlySet<string>> {
  const all = await containers.list({ all: true })
  return new Set(all.flatMap(({ mounts }) => mounts.flatMap((mount) => mount.name ?? [])))
}
