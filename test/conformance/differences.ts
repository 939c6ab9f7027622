import type { Built, Fields, Outcome } from './outcome.ts'

/** One line per difference; empty if the result is as expected. */
export function differences(expected: Outcome, actual: Outcome): readonly string[] {
  if ('refused' in expected) return 'refused' in actual ? [] : ['it was built, but must be refused']
  if ('refused' in actual) return [`it was refused, but must be built: ${actual.message}`]
  return [
    ...compare('layers', expected.layers, actual.layers),
    ...compareFields('config', flatConfig(expected.config), flatConfig(actual.config)),
    ...compareHistory(expected, actual),
    ...compareFields('', expected.files, actual.files),
  ]
}

function flatConfig({ config, ...rest }: Fields): Fields {
  return { ...rest, ...(config as Fields) }
}

/** The text of instructions is unknown for an equivalent Dockerfile: fields that are not recorded are not compared. */
function compareHistory(expected: Built, actual: Built): readonly string[] {
  const count = Math.max(expected.history.length, actual.history.length)
  return Array.from({ length: count }).flatMap((_, position) => {
    const [want, got] = [expected.history[position], actual.history[position]]
    if (want === undefined || got === undefined) return compare(`history ${position}`, want, got)
    const isOpen = !('created_by' in want)
    const { created_by, ...rest } = got
    return compareFields(`history ${position}`, want, isOpen ? rest : { created_by, ...rest })
  })
}

function compareFields(place: string, expected: Fields, actual: Fields): readonly string[] {
  const keys = new Set([...Object.keys(expected), ...Object.keys(actual)])
  return [...keys].sort().flatMap((key) => compare(`${place} ${key}`.trim(), expected[key], actual[key]))
}

function compare(place: string, expected: unknown, actual: unknown): readonly string[] {
  const [want, got] = [canonical(expected), canonical(actual)]
  return want === got ? [] : [`${place}:\n    expected ${want}\n    got      ${got}`]
}

function canonical(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'string') return value
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
      : inner,
  )
}
