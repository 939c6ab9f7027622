import { ContainerError } from '../contract/errors.ts'
import type { DeviceSpec } from '../contract/run-spec.ts'

/** `--device`: `/dev/x`, `/dev/x:/place`, `/dev/x:rwm`, `/dev/x:/place:rwm`. */
export function parseDeviceFlag(text: string): DeviceSpec {
  const [source = '', ...more] = text.split(':')
  const access = more.length > 0 && isMode(more.at(-1) ?? '') ? more.pop() : undefined
  const [target = source, ...rest] = more
  if (rest.length > 0) throw badDevice(text, `bad mode specified: ${rest.join(':')}`)
  if (!source.startsWith('/') || !target.startsWith('/')) throw badDevice(text, 'not of the form /dev/x[:/place][:rwm]')
  return { source, target, ...(access === undefined ? {} : { access }) }
}

/** SPEC: docker/cli opts ValidDeviceMode: each letter once at most. */
function isMode(word: string): boolean {
  return /^[rwm]+$/.test(word) && new Set(word).size === word.length
}

/** `--device-cgroup-rule`, as docker's engine takes it; numbers as the kernel does. */
export function checkDeviceRule(rule: string): string {
  const numbers = /^[abc] (\d+|\*):(\d+|\*) [rwm]{1,3}$/.exec(rule)?.slice(1)
  if (numbers?.every((number) => number === '*' || Number(number) <= MOST_NUMBER) === true) return rule
  throw new ContainerError(
    'CONTAINER_BAD_OPTION',
    `Cannot allow devices by "${rule}": invalid device cgroup format (such as "c 189:* rmw")`,
  )
}

const MOST_NUMBER = 0xffff_ffff

function badDevice(text: string, found: string): ContainerError {
  return new ContainerError('CONTAINER_BAD_SYNTAX', `Cannot give the device "${text}": ${found}`)
}
