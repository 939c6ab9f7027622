import { splitPair } from './pair.ts'

type Labels = Readonly<Record<string, string>>

/** SPEC: docker --filter label=…: `key`, or `key=value`. */
export function hasLabel(labels: Labels, filter: string): boolean {
  const [key, value] = splitPair(filter)
  return Object.hasOwn(labels, key) && (value === undefined || labels[key] === value)
}

/** All of `labels` and none of `withoutLabels`. SPEC: docker system prune --filter label=…, label!=…. */
export interface LabelFilters {
  readonly labels?: readonly string[]
  readonly withoutLabels?: readonly string[]
}

export function matchesLabels(own: Labels, { labels = [], withoutLabels = [] }: LabelFilters): boolean {
  return labels.every((label) => hasLabel(own, label)) && !withoutLabels.some((label) => hasLabel(own, label))
}
