import { ContainerError } from './errors.ts'
import type { DeviceSpec } from './run-spec.ts'

/** `--device`: `/dev/x`, `/dev/x:/place`, `/dev/x:rwm`, `/dev/x:/place:rwm`. */
export function parseDeviceFlag(text: string): DeviceSpec {
  const [source = '', ...more] = text.split(':')
  const mode = more.length > 0 && /^[rwm]+$/.test(more.at(-1) ?? '') ? more.pop() : undefined
  const [target = source, ...rest] = more
  if (rest.length > 0) throw badDevice(text, `bad mode specified: ${rest.join(':')}`)
  if (!source.startsWith('/') || !target.startsWith('/')) throw badDevice(text, 'not of the form /dev/x[:/place][:rwm]')
  if (mode !== undefined && !(mode.includes('r') && mode.includes('w')))
    throw badDevice(text, `mode "${mode}" (rw or rwm: who has a device reads and writes it)`)
  return { source, target }
}

function badDevice(text: string, found: string): ContainerError {
  return new ContainerError('CONTAINER_BAD_SYNTAX', `Cannot give the device "${text}": ${found}`)
}
