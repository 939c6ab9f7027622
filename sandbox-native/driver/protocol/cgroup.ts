export interface CgroupSpec {
  /** Unique name; made below the caller's own delegated cgroup (or `tsbuild` at the top for root) and removed after. */
  readonly name: string
  /** Existing directory from the top of the hierarchies to make it in instead, such as `/builds`. */
  readonly parent?: string
  /** Nothing is limited: only a group that says which devices may be opened, where this user can make one. */
  readonly devicesOnly?: boolean
  readonly memoryBytes?: number
  readonly memoryReservationBytes?: number
  readonly memorySwapBytes?: number
  readonly cpus?: number
  /** Over which `cpus` is counted; default 100,000. */
  readonly cpuPeriodUs?: number
  readonly cpuShares?: number
  readonly cpusetCpus?: string
  readonly cpusetMems?: string
  readonly pidsMax?: number
}

/** Changes the limits of a command that runs; limits that are absent stay. */
export interface LimitRequest {
  readonly verb: 'limit'
  /** Directories, as state.json names them. */
  readonly cgroup: readonly string[]
  readonly limits: CgroupSpec
}

/** A process, identified by its start (clock ticks since boot) from a later one of its number. */
export interface LivingProcess {
  readonly pid: number
  readonly startTicks: number
}

/**
 * Removes what commands left behind whose supervisors were killed: their first processes with all others, processes in
 * their cgroups, and the cgroups.
 */
export interface ReleaseRequest {
  readonly verb: 'release'
  readonly containers: readonly AbandonedContainer[]
}

export interface AbandonedContainer {
  /** The first process, where it lives. */
  readonly process?: LivingProcess
  /** Directories, as state.json names them. */
  readonly cgroup: readonly string[]
}
