import type { DeviceSpec } from '../../container/index.ts'
import { ContainerError } from '../../container/index.ts'

/** `--device`: `/dev/x`, `/dev/x:/place`, `/dev/x:rwm`, `/dev/x:/place:rwm`. */
export function parseDeviceFlag(text: string): DeviceSpec {
  const [source = '', ...more] = text.split(':')
  const access = more.length > 0 && isMode(more.at(-1) ?? '') ? more.pop() : undefined
  const [target = source, ...rest] = more
  if (rest.length > 0) throw badDevice(text, `bad mode specified: ${rest.join(':')}`)
  if (!source.startsWith('/') || !target.startsWith('/'))
    throw badDevice(text, 'invalid syntax (expected /dev/x[:/path-in-container][:rwm])')
  return { source, target, ...(access !== undefined && { access }) }
}

/** SPEC: docker/cli opts ValidDeviceMode: each letter at most once. */
function isMode(word: string): boolean {
  return /^[rwm]+$/.test(word) && new Set(word).size === word.length
}

function badDevice(text: string, found: string): ContainerError {
  return new ContainerError('CONTAINER_BAD_SYNTAX', `Cannot add device "${text}": ${found}`)
}

/** SPEC: CDI, qualified names: `vendor.com/class=name`. */
export function isCdiName(text: string): boolean {
  return /^[A-Za-z][\w.-]*\/[A-Za-z][\w.-]*=[A-Za-z0-9][\w.:-]*$/.test(text)
}
