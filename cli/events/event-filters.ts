import type { StoreEvent } from '../../layer-store/index.ts'
import { hasLabel } from '../../notation/index.ts'

type Test = (event: StoreEvent, value: string) => boolean

/** Docker's filters. Values of one key are alternatives, except for `label`; all keys must match. */
const FILTERS: Readonly<Record<string, Test>> = {
  container: (event, value) => event.type === 'container' && beginsWith(event, value),
  // `exec_start` matches every `exec_start: …`; the same applies to `health_status`.
  event: ({ action }, value) => action === value || action.startsWith(`${value}:`),
  image: (event, value) => imageNames(event).includes(value),
  label: ({ attributes }, value) => hasLabel(attributes, value),
  scope: (_, value) => value === 'local',
  type: ({ type }, value) => type === value,
  volume: (event, value) => event.type === 'volume' && beginsWith(event, value),
}

export const eventFilters: readonly string[] = Object.keys(FILTERS)

export function matchesEvent(event: StoreEvent, filters: ReadonlyMap<string, readonly string[]>): boolean {
  return [...filters].every(([key, values]) => {
    const holds = (value: string) => FILTERS[key]?.(event, value) ?? false
    return key === 'label' ? values.every(holds) : values.some(holds)
  })
}

function beginsWith({ id, attributes }: StoreEvent, value: string): boolean {
  return id.startsWith(value) || (attributes['name'] ?? '').startsWith(value)
}

/** The image of the event, with and without its tag. */
function imageNames({ type, id, attributes }: StoreEvent): readonly string[] {
  const name = attributes[type === 'image' ? 'name' : 'image'] ?? ''
  return [id, name].flatMap((text) => [text, text.replace(/:[^/:]*$/, '')])
}
