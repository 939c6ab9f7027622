import type { ProcessSpec, RunRequest } from './run.ts'
import type { EventLog } from './supervise.ts'

/**
 * Runs a further command next to the first process of a supervised one: in its namespaces, on its root, under its
 * limits. Statuses as for `run`.
 */
export interface ExecRequest {
  readonly verb: 'exec'
  readonly pid: number
  /** Clock ticks since boot at which that process started: it must still be the same one. */
  readonly startTicks: number
  /** Directories of its cgroup, as state.json names them. */
  readonly cgroup: readonly string[]
  readonly process: ProcessSpec
  readonly security?: RunRequest['security']
  /** Keys that, typed on a terminal, leave the command running: `exited` says that it is detached. */
  readonly detachKeys?: readonly number[]
  /** Say `started` and stay with the command whoever reads the statuses; none follow. */
  readonly detached?: boolean
  /** Where `exec_die` is reported of a command whose caller has left, and as whose (docs/events.md). */
  readonly endEvent?: { readonly log: EventLog; readonly execID: string }
}
