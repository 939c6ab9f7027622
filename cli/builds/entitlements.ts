import type { DeviceEntitlement, Entitlement } from '../../builder/index.ts'
import { didYouMean, splitCsv } from '../../notation/index.ts'
import { usageError } from '../errors.ts'

const PLAIN = ['network.host', 'security.insecure', 'device'] as const

/** `--allow`, possibly several separated by commas; those after `device=` belong to the device, as in buildx. */
export function parseEntitlements(given: readonly string[]): readonly Entitlement[] {
  return given
    .flatMap((text) => (text.startsWith('device=') ? [text] : text.split(',')))
    .map((text) => (text.startsWith('device=') ? deviceEntitlement(text) : plainEntitlement(text)))
}

function plainEntitlement(text: string): Entitlement {
  const found = PLAIN.find((one) => one === text)
  if (found !== undefined) return found
  throw usageError(
    `Cannot use "--allow ${text}": unknown entitlement (expected ${PLAIN.join(', ')})`,
    didYouMean(text, PLAIN),
  )
}

/** SPEC: BuildKit's ParseDevicesConfig: `device=vendor.com/class=name,alias=other`. */
function deviceEntitlement(text: string): DeviceEntitlement {
  const [device = '', ...fields] = splitCsv(text.slice('device='.length)) ?? []
  const other = fields.find((field) => !/^alias=./.test(field))
  const found = device === '' ? 'the device is missing' : other && `unknown field "${other}"`
  if (found)
    throw usageError(`Cannot use "--allow ${text}": ${found} (expected device=vendor.com/class=name[,alias=…])`)
  const alias = fields.at(-1)?.slice('alias='.length)
  return { device, ...(alias !== undefined && { alias }) }
}
