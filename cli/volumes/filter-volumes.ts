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
  const tests: Readonly<Record<string, (volume: Volume, wanted: string) => boolean>> = {
    dangling: ({ name }, wanted) => used.has(name) !== filterBool('dangling', wanted),
    driver: (_, wanted) => wanted === 'local',
    label: ({ labels }, wanted) => hasLabel(labels, wanted),
    name: ({ name }, wanted) => name.includes(wanted),
  }
  return volumes.filter((volume) =>
    [...filters].every(([key, wanted]) => {
      const isMet = (value: string) => tests[key]?.(volume, value) === true
      return key === 'label' ? wanted.every(isMet) : wanted.some(isMet)
    }),
  )
}

async function usedNames(containers: Containers): Promise<ReadonlySet<string>> {
  const all = await containers.list({ all: true })
  return new Set(all.flatMap(({ mounts }) => mounts.flatMap((mount) => mount.name ?? [])))
}
