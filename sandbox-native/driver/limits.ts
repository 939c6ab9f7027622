import type { CgroupSpec } from './protocol.ts'

/** Docker's limits of a container or of a RUN step. */
export interface Limits extends Omit<CgroupSpec, 'name' | 'parent' | 'devicesOnly'> {
  /** CPU time per period, microseconds. Alternative to `cpus`. */
  readonly cpuQuotaUs?: number
}

const DEFAULT_PERIOD_US = 100_000

/** The limits as the binary counts them: a quota is a number of CPUs. */
export function cgroupLimits({ cpuQuotaUs, ...limits }: Limits): Omit<Limits, 'cpuQuotaUs'> {
  if (cpuQuotaUs === undefined) return limits
  return { ...limits, cpus: cpuQuotaUs / (limits.cpuPeriodUs ?? DEFAULT_PERIOD_US) }
}
