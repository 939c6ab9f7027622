import type { StoreEvent } from '../../layer-store/index.ts'

const NS_PER_S = 1_000_000_000n

/** Templates use docker's field names; `json` prints docker's keys. */
export interface EventDocument {
  readonly Type: string
  readonly Action: string
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> }
  readonly Status?: string
  readonly ID?: string
  readonly From?: string
  readonly Scope: 'local'
  readonly Time: number
  readonly TimeNano: number
}

/**
 * SPEC: moby api/types/events Message; `status`, `id` and `from` are its deprecated names for containers and images.
 */
export function eventDocument(event: StoreEvent): EventDocument {
  const ns = nanosecondsOf(event)
  const { type, action, id } = event
  const attributes = sorted(event.attributes)
  const isOld = type === 'container' || type === 'image'
  const document: EventDocument = {
    ...(isOld ? { Status: action, ID: id } : {}),
    ...(type === 'container' && attributes['image'] !== undefined ? { From: attributes['image'] } : {}),
    Type: type,
    Action: action,
    Actor: { ID: id, Attributes: attributes },
    Scope: 'local',
    Time: Number(ns / NS_PER_S),
    TimeNano: Number(ns),
  }
  return Object.defineProperty(document, 'toJSON', { value: () => inDockersKeys(document) })
}

/** Restores the digits of the time that exceed JavaScript's precision. */
export function withExactTime(text: string, event: StoreEvent): string {
  const ns = nanosecondsOf(event)
  return text.replaceAll(String(Number(ns)), String(ns))
}

function nanosecondsOf({ time }: StoreEvent): bigint {
  const [seconds = '', fraction = ''] = time.replace('Z', '').split('.')
  return BigInt(Date.parse(`${seconds}Z`) / 1000) * NS_PER_S + BigInt(fraction.padEnd(9, '0'))
}

function inDockersKeys({ Status, ID, From, Scope, Time, TimeNano, ...rest }: EventDocument): object {
  return {
    ...(Status !== undefined && { status: Status, id: ID }),
    ...(From !== undefined && { from: From }),
    ...rest,
    scope: Scope,
    time: Time,
    timeNano: TimeNano,
  }
}

function sorted(attributes: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)))
}
