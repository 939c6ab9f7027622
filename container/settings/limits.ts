import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Limits } from '../../sandbox-native/driver/index.ts'
import { ContainerError } from '../contract/errors.ts'

const MIN_MEMORY_BYTES = 6 << 20
const MIN_CPU_US = 1000
const MAX_PERIOD_US = 1_000_000

/**
 * Drops limits of zero, which mean no limit, as in docker. With a memory limit and no swap limit, the container may use
 * the same amount of swap. Throws for impossible limits.
 */
export function checkedLimits(requested: Limits): Limits {
  const limits = withoutZeros(requested)
  checkMemory(limits)
  checkProcessors(limits)
  const { memoryBytes, memorySwapBytes } = limits
  if (memoryBytes === undefined || memorySwapBytes !== undefined) return limits
  return { ...limits, memorySwapBytes: 2 * memoryBytes }
}

/** Merges new limits over the old ones, with docker's rules for `update`. */
export function mergedLimits(old: Limits, requested: Limits): Limits {
  const fresh = withoutZeros(requested)
  const merged = { ...old, ...fresh }
  const { memoryBytes = 0, memorySwapBytes = 0 } = merged
  if (fresh.memoryBytes !== undefined && fresh.memorySwapBytes === undefined && exceeds(memoryBytes, memorySwapBytes)) {
    throw refused(
      `Cannot limit memory to ${memoryBytes} bytes: it should be smaller than the memoryswap limit of ${memorySwapBytes}`,
      'Update --memory-swap at the same time',
    )
  }
  return checkedLimits(merged)
}

function withoutZeros(requested: Limits): Limits {
  const isUnlimited = { ...requested, ...(requested.cpuQuotaUs === -1 ? { cpuQuotaUs: 0 } : {}) }
  const asks = ([key, value]: [string, unknown]) => key === 'pidsMax' || (value !== 0 && value !== '')
  return Object.fromEntries(Object.entries(isUnlimited).filter(asks))
}

function checkMemory({ memoryBytes, memorySwapBytes, memoryReservationBytes }: Limits): void {
  if (memoryBytes !== undefined && memoryBytes < MIN_MEMORY_BYTES)
    throw refused(`Cannot limit memory to ${memoryBytes} bytes: minimum memory limit allowed is 6MB`)
  if (memoryReservationBytes !== undefined && memoryReservationBytes < MIN_MEMORY_BYTES)
    throw refused(`Cannot reserve ${memoryReservationBytes} bytes: minimum memory reservation allowed is 6MB`)
  if (memoryBytes !== undefined && exceeds(memoryReservationBytes ?? 0, memoryBytes))
    throw refused('Cannot reserve memory: minimum memory limit can not be less than memory reservation limit')
  if (memorySwapBytes === undefined) return
  if (memorySwapBytes < -1) throw refused(`Cannot limit memory and swap to ${memorySwapBytes} bytes: no such size`)
  if (memoryBytes === undefined && memorySwapBytes > 0)
    throw refused('Cannot limit swap: you should always set the memory limit when using memoryswap limit')
  if (exceeds(memoryBytes ?? 0, memorySwapBytes))
    throw refused('Cannot limit swap: minimum memoryswap limit should be larger than memory limit')
}

/** -1 means no limit. */
function exceeds(bytes: number, limit: number): boolean {
  return limit > 0 && bytes > limit
}

function checkProcessors({ cpus, cpuPeriodUs, cpuQuotaUs, cpuShares, cpusetCpus, cpusetMems }: Limits): void {
  if (cpus !== undefined && (cpuPeriodUs ?? cpuQuotaUs) !== undefined)
    throw refused('Cannot limit processors: conflicting options: CPUs, and CPU period or quota, cannot both be set')
  const most = availableParallelism()
  if (cpus !== undefined && (cpus < 0.01 || cpus > most))
    throw refused(
      `Cannot limit processors to ${cpus}: range of CPUs is from 0.01 to ${most}.00, as there are only ${most} CPUs available`,
    )
  if (cpuPeriodUs !== undefined && (cpuPeriodUs < MIN_CPU_US || cpuPeriodUs > MAX_PERIOD_US))
    throw refused(
      `Cannot use CPU period ${cpuPeriodUs}: it can not be less than 1ms (1000) or larger than 1s (1000000)`,
    )
  if (cpuQuotaUs !== undefined && cpuQuotaUs < MIN_CPU_US)
    throw refused(`Cannot use CPU quota ${cpuQuotaUs}: it can not be less than 1ms (1000)`)
  if (cpuShares !== undefined && cpuShares < 2)
    throw refused(`Cannot use CPU shares ${cpuShares}: too small (expected at least 2)`)
  checkSet('CPUs', cpusetCpus, '/sys/devices/system/cpu/online')
  checkSet('memory nodes', cpusetMems, '/sys/devices/system/node/online')
}

/** Checks a list such as `0-3` or `0,2` against what the machine has, which the file lists in the same format. */
function checkSet(what: string, list: string | undefined, online: string): void {
  if (list === undefined) return
  const requested = numbersOf(list)
  if (requested === undefined)
    throw refused(`Cannot use ${what} "${list}": not a list of numbers (expected a list such as 0-3 or 0,1)`)
  const text = readIfPresent(online)
  const available = numbersOf(text ?? '')
  if (available !== undefined && requested.some((number) => !available.includes(number)))
    throw refused(`Cannot use ${what} ${list}: requested ${what} are not available (${text})`)
}

const MAX_NUMBERS = 8192

/** Undefined for an invalid list. */
function numbersOf(list: string): readonly number[] | undefined {
  if (!/^\d{1,9}(?:-\d{1,9})?(?:,\d{1,9}(?:-\d{1,9})?)*$/.test(list)) return undefined
  const ranges = list.split(',').map((range) => range.split('-').map(Number))
  const sizes = ranges.map(([first = 0, last = first]) => last - first + 1)
  if (sizes.some((size) => size < 1 || size > MAX_NUMBERS)) return undefined
  return ranges.flatMap(([first = 0], index) => Array.from({ length: sizes[index] ?? 0 }, (_, step) => first + step))
}

/** Kernels without NUMA support have no such file. */
function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}

function refused(message: string, hint?: string): ContainerError {
  return new ContainerError('CONTAINER_BAD_OPTION', message, { ...(hint !== undefined && { hint }) })
}
