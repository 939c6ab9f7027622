import type { CdiDevice } from '../../cdi/index.ts'
import { parseGoBool, splitPair } from '../../notation/index.ts'
import type { DeviceRequest } from '../plan/graph/operation.ts'
import type { DeviceEntitlement, Entitlement } from '../request/builder.ts'

const CLASS = 'org.mobyproject.buildkit.device.class'
const AUTO_ALLOW = 'org.mobyproject.buildkit.device.autoallow'

export interface ChosenDevices {
  readonly devices: readonly CdiDevice[]
  /** Requested devices that are not allowed. */
  readonly forbidden: readonly CdiDevice[]
  /** Requests that no device of this machine satisfies. */
  readonly missing: readonly DeviceRequest[]
}

/** SPEC: BuildKit, solver/llbsolver: an alias of `--allow` comes first, and the device it resolves to is allowed. */
export function chooseDevices(
  asked: readonly DeviceRequest[],
  known: readonly CdiDevice[],
  allow: readonly Entitlement[],
): ChosenDevices {
  const entitled = allow.filter((one): one is DeviceEntitlement => typeof one === 'object')
  const named = entitled.filter(({ alias }) => alias === undefined)
  const allowed = new Set(named.flatMap(({ device }) => findDevices(device, known)))
  const chosen = asked.map((request) => {
    const { device } = entitled.find(({ alias }) => alias === request.name) ?? {}
    const found = findDevices(device ?? request.name, known)
    const isAllowed = (one: CdiDevice) => device !== undefined || allowed.has(one) || isAllowedToAll(one)
    const forbidden = allow.includes('device') ? [] : found.filter((one) => !isAllowed(one))
    return { request, found, forbidden }
  })
  return {
    devices: [...new Set(chosen.flatMap(({ found }) => found))],
    forbidden: [...new Set(chosen.flatMap(({ forbidden }) => forbidden))],
    missing: chosen.filter(({ found }) => found.length === 0).map(({ request }) => request),
  }
}

/**
 * SPEC: BuildKit's cdidevices: one device, all of a kind (`vendor.com/class=*`), the first one (`vendor.com/class`), or
 * a class.
 */
function findDevices(name: string, known: readonly CdiDevice[]): readonly CdiDevice[] {
  const [kind, device = ''] = splitPair(name)
  const ofKind = /^[^/]+\/./.test(kind) ? known.filter((one) => one.name.startsWith(`${kind}=`)) : []
  const found = device === '' ? ofKind.slice(0, 1) : ofKind.filter((one) => device === '*' || one.name === name)
  return found.length > 0 ? found : known.filter(({ annotations }) => annotations[CLASS] === name)
}

/** Root, who installed the specification, allows the device in every build. */
function isAllowedToAll({ annotations }: CdiDevice): boolean {
  return parseGoBool(annotations[AUTO_ALLOW] ?? '') === true
}
