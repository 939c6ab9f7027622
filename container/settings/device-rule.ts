import { ContainerError } from '../contract/errors.ts'

/** Validates `--device-cgroup-rule` as docker's engine does; numbers as the kernel does. */
export function checkDeviceRule(rule: string): string {
  const numbers = /^[abc] (\d+|\*):(\d+|\*) [rwm]{1,3}$/.exec(rule)?.slice(1)
  if (numbers?.every((number) => number === '*' || Number(number) <= MAX_NUMBER) === true) return rule
  throw new ContainerError(
    'CONTAINER_BAD_SYNTAX',
    `Cannot allow devices by "${rule}": invalid device cgroup format (expected a rule such as "c 189:* rmw")`,
  )
}

const MAX_NUMBER = 0xffff_ffff
