import type { CgroupSpec } from '../sandbox-native/driver/index.ts'
import { ContainerError } from './errors.ts'
import type { ContainerLimits } from './run-spec.ts'

const MIN_MEMORY_BYTES = 6 << 20
const MIN_CPU_US = 1000
const MAX_PERIOD_US = 1_000_000
const DEFAULT_PERIOD_US = 100_000

/** Without what asks for nothing: as for docker, zero is no limit. Throws for what can't be. */
export function checkedLimits(said: ContainerLimits): ContainerLimits {
  const limits = withoutZeros(said)
  checkMemory(limits)
  checkProcessors(limits)
  return limits
}

/** What is said anew over what was, under docker's conditions for `update`. */
export function mergedLimits(old: ContainerLimits, said: ContainerLimits): ContainerLimits {
  const fresh = withoutZeros(said)
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

export function cgroupOf(id: string, limits: ContainerLimits): CgroupSpec {
  const { cpuQuotaUs, ...plain } = limits
  if (cpuQuotaUs === undefined) return { name: id, ...plain }
  return { name: id, ...plain, cpus: cpuQuotaUs / (limits.cpuPeriodUs ?? DEFAULT_PERIOD_US) }
}

function withoutZeros(said: ContainerLimits): ContainerLimits {
  const isUnlimited = { ...said, ...(said.cpuQuotaUs === -1 ? { cpuQuotaUs: 0 } : {}) }
  const asks = ([key, value]: [string, unknown]) => key === 'pidsMax' || (value !== 0 && value !== '')
  return Object.fromEntries(Object.entries(isUnlimited).filter(asks))
}

function checkMemory({ memoryBytes, memorySwapBytes, memoryReservationBytes }: ContainerLimits): void {
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

/** -1 is without a limit. */
function exceeds(bytes: number, limit: number): boolean {
  return limit > 0 && bytes > limit
}

function checkProcessors({ cpus, cpuPeriodUs, cpuQuotaUs, cpuShares, cpusetCpus, cpusetMems }: ContainerLimits): void {
  if (cpus !== undefined && (cpuPeriodUs ?? cpuQuotaUs) !== undefined)
    throw refused('Cannot limit processors: conflicting options: CPUs, and CPU period or quota, cannot both be set')
  if (cpus !== undefined && cpus < 0.01) throw refused(`Cannot limit processors to ${cpus}: at least 0.01 is needed`)
  if (cpuPeriodUs !== undefined && (cpuPeriodUs < MIN_CPU_US || cpuPeriodUs > MAX_PERIOD_US))
    throw refused(
      `Cannot use CPU period ${cpuPeriodUs}: it can not be less than 1ms (1000) or larger than 1s (1000000)`,
    )
  if (cpuQuotaUs !== undefined && cpuQuotaUs < MIN_CPU_US)
    throw refused(`Cannot use CPU quota ${cpuQuotaUs}: it can not be less than 1ms (1000)`)
  if (cpuShares !== undefined && cpuShares < 2)
    throw refused(`Cannot use CPU shares ${cpuShares}: at least 2 are needed`)
  for (const list of [cpusetCpus, cpusetMems]) {
    if (list !== undefined && !/^\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*$/.test(list))
      throw refused(`Cannot use set "${list}": it is no list of numbers (such as 0-3 or 0,1)`)
  }
}

function refused(message: string, hint?: string): ContainerError {
  return new ContainerError('CONTAINER_BAD_OPTION', message, hint === undefined ? {} : { hint })
}
