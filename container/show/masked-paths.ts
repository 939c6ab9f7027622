import { readdirSync } from 'node:fs'

const HIDDEN = [
  'acpi',
  'asound',
  'interrupts',
  'kcore',
  'keys',
  'latency_stats',
  'sched_debug',
  'scsi',
  'timer_list',
  'timer_stats',
].map((name) => `/proc/${name}`)

const PROCESSORS = '/sys/devices/system/cpu'

/** The paths that the binary hides in each container (sandbox-native/crates/sandbox/src/mounts/masks.rs). */
export function maskedPaths(): readonly string[] {
  const counters = processors().map((name) => `${PROCESSORS}/${name}/thermal_throttle`)
  return [...HIDDEN, '/sys/devices/virtual/powercap', '/sys/firmware', ...counters]
}

/** The paths that it makes read-only. */
export const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

function processors(): readonly string[] {
  try {
    return readdirSync(PROCESSORS).filter((name) => /^cpu\d+$/.test(name))
  } catch {
    return [] // without /sys
  }
}
