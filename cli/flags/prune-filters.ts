import type { LabelFilters } from '../../notation/index.ts'
import { parseFilters } from './filters.ts'
import { parseTime } from './times.ts'

export const pruneFilterFlag = {
  kind: 'list',
  value: 'filter',
  help: 'Filter: until=TIME (not used since), label=KEY[=VALUE], label!=KEY[=VALUE]',
} as const

export interface PruneFilters extends Required<LabelFilters> {
  readonly untilMs: number | undefined
}

/** SPEC: docker system prune --filter */
export function pruneFilters(values: readonly string[]): PruneFilters {
  const filters = parseFilters(values, ['until', 'label', 'label!'])
  const until = filters.get('until')?.at(-1)
  return {
    untilMs: until === undefined ? undefined : parseTime(until, Date.now()),
    labels: filters.get('label') ?? [],
    withoutLabels: filters.get('label!') ?? [],
  }
}
