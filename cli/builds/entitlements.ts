import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import type { DeviceEntitlement, Entitlement, Output } from '../../builder/index.ts'
import { didYouMean, splitCsv } from '../../notation/index.ts'
import { usageError } from '../errors.ts'

const PLAIN = ['network.host', 'security.insecure', 'device'] as const
/** Part of the command line only; builds do not receive it. */
const LOCAL_DELETE = 'buildx.local.delete'

/** `--allow`, possibly several separated by commas; those after `device=` belong to the device, as in buildx. */
export function parseEntitlements(allow: readonly string[]): readonly Entitlement[] {
  return separate(allow)
    .filter((text) => text !== LOCAL_DELETE)
    .map((text) => (text.startsWith('device=') ? deviceEntitlement(text) : plainEntitlement(text)))
}

/** SPEC: buildx: the content of a directory outside the working directory is deleted with `--allow` only. */
export function refuseDeletion(outputs: readonly Output[], allow: readonly string[], cwd: string): void {
  if (separate(allow).includes(LOCAL_DELETE)) return
  for (const output of outputs) {
    if (output.type !== 'local' || !output.replacesDirectory) continue
    const below = relative(realpathSync(cwd), realOf(output.destination))
    if (below !== '' && below !== '..' && !below.startsWith('../')) continue
    throw usageError(
      `Cannot use "mode=delete" for "${output.destination}": not below the working directory`,
      `Allow it with --allow ${LOCAL_DELETE}`,
    )
  }
}

function realOf(path: string): string {
  return existsSync(path) ? realpathSync(path) : join(realOf(dirname(path)), basename(path))
}

function separate(allow: readonly string[]): readonly string[] {
  return allow.flatMap((text) => (text.startsWith('device=') ? [text] : text.split(',')))
}

function plainEntitlement(text: string): Entitlement {
  const found = PLAIN.find((one) => one === text)
  if (found !== undefined) return found
  throw usageError(
    `Cannot use "--allow ${text}": unknown entitlement (expected ${[...PLAIN, LOCAL_DELETE].join(', ')})`,
    didYouMean(text, [...PLAIN, LOCAL_DELETE]),
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
