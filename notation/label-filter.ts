type Labels = Readonly<Record<string, string>>

/** SPEC: docker --filter label=…: `key`, or `key=value`. */
export function hasLabel(labels: Labels, filter: string): boolean {
  const equals = filter.indexOf('=')
  const key = equals < 0 ? filter : filter.slice(0, equals)
  return Object.hasOwn(labels, key) && (equals < 0 || labels[key] === filter.slice(equals + 1))
}

/** All of `labels` and none of `withoutLabels`. SPEC: docker system prune --filter label=…, label!=…. */
export interface LabelFilters {
  readonly labels?: readonly string[]
  readonly withoutLabels?: readonly string[]
}

export function matchesLabels(own: Labels, { labels = [], withoutLabels = [] }: LabelFilters): boolean {
  return labels.every((label) => hasLabel(own, label)) && !withoutLabels.some((label) => hasLabel(own, label))
}
