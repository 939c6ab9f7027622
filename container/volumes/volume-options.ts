import { byteSize, splitPair } from '../../notation/index.ts'
import { ContainerError } from '../contract/errors.ts'
import type { MemoryMount } from '../contract/record.ts'
import { parseMode } from '../settings/mount-values.ts'

/** What a volume contains: its own directory, a directory of the host, or a tmpfs. */
export type VolumeContent =
  | { readonly kind: 'own' }
  | { readonly kind: 'directory'; readonly device: string; readonly readOnly: boolean }
  | ({ readonly kind: 'memory'; readonly readOnly: boolean } & MemoryMount)

/** SPEC: docker volume create -o, driver local: `type`, `device` and `o`. Throws if it cannot be mounted here. */
export function volumeContent(options: Readonly<Record<string, string>>): VolumeContent {
  const unknown = Object.keys(options).find((key) => !['type', 'device', 'o'].includes(key))
  if (unknown === 'size') throw refused('quota size requested but no quota support')
  if (unknown !== undefined) throw refused(`invalid option: "${unknown}"`, 'Use type, device and o')
  const { type = '', device = '', o = '' } = options
  const flags = o.split(',').filter((flag) => flag !== '')
  if (type === '' && device === '' && flags.length === 0) return { kind: 'own' }
  if (device === '') throw refused('missing required option: "device"')
  const isBind = flags.includes('bind') || flags.includes('rbind')
  if (type === 'tmpfs' && !isBind) return inMemory(flags)
  if (type === 'none' || (type === '' && isBind)) return onHost(device, flags, isBind)
  if (type === '') throw refused('missing required option: "type"')
  throw refused(
    `type "${type}" is not supported (expected tmpfs, or none with o=bind)`,
    'Mount it on the host, and name that directory: -o type=none -o o=bind -o device=/directory',
  )
}

function onHost(device: string, flags: readonly string[], isBind: boolean): VolumeContent {
  if (!isBind) throw refused('type "none" requires o=bind')
  if (!device.startsWith('/')) throw refused(`device "${device}" is a relative path (expected an absolute one)`)
  const unknown = flags.find((flag) => !['bind', 'rbind', 'ro', 'rw'].includes(flag))
  if (unknown !== undefined) throw refused(`unknown mount option "${unknown}" (expected bind, rbind, ro, rw)`)
  return { kind: 'directory', device, readOnly: flags.includes('ro') }
}

function inMemory(flags: readonly string[]): VolumeContent {
  const memory: { sizeBytes?: number; mode?: number; uid?: number; gid?: number } = {}
  let readOnly = false
  for (const flag of flags) {
    const [key, value = ''] = splitPair(flag)
    if (key === 'size') memory.sizeBytes = number(flag, byteSize(value) ?? Number.NaN)
    else if (key === 'mode') memory.mode = number(flag, parseMode(value))
    else if (key === 'uid' || key === 'gid') memory[key] = number(flag, /^\d{1,10}$/.test(value) ? Number(value) : NaN)
    else if (flag === 'ro' || flag === 'rw') readOnly = flag === 'ro'
    else if (!['nosuid', 'nodev'].includes(flag)) {
      throw refused(`unknown mount option "${flag}" (expected size, mode, uid, gid, ro, rw, nosuid, nodev)`)
    }
  }
  return { kind: 'memory', readOnly, ...memory }
}

function number(flag: string, value: number): number {
  if (Number.isNaN(value)) throw refused(`invalid value in mount option "${flag}"`)
  return value
}

function refused(found: string, hint?: string): ContainerError {
  const more = { ...(hint !== undefined && { hint }) }
  return new ContainerError('CONTAINER_BAD_OPTION', `Cannot create the volume: ${found}`, { ...more, exitCode: 1 })
}
