import type { ProcessSpec, RunRequest } from './run.ts'

/**
 * Starts a command and stays with it: keeps its log and state in files, serves `attach.sock`, forwards ports. Statuses:
 * started or failed; then descriptor 4 is closed and the process lives as long as the command.
 */
export interface SuperviseRequest {
  readonly verb: 'supervise'
  /** Exists; state.json, log.json, lock and attach.sock are made in it. */
  readonly directory: string
  /** With `process.terminal` the command gets its own terminal, whose other end the supervisor holds. */
  readonly run: Omit<RunRequest, 'verb'>
  readonly openStdin: boolean
  /** Close the command's stdin when the client that feeds it goes away. */
  readonly stdinOnce: boolean
  /** Descriptor 5 is the connection of the first client. */
  readonly attached: boolean
  readonly ports: readonly PortRequest[]
  /** Absent: the output is kept nowhere. */
  readonly log?: { readonly maxSizeBytes?: number; readonly maxFiles: number }
  /** What SIGTERM to the supervisor means for the command. */
  readonly stopSignal: number
  /** 4294967295 waits for ever. */
  readonly stopTimeoutMs: number
  readonly restart:
    | { readonly name: 'no' | 'always' | 'unless-stopped' }
    | { readonly name: 'on-failure'; readonly maximumRetries?: number }
  readonly health?: HealthRequest
  /** Where start, kill, oom, die, destroy, pauses for a client and changes of health are reported, and as whose. */
  readonly events: EventLog & {
    /** Mounted while the command runs. */
    readonly volumes: readonly { readonly name: string; readonly destination: string; readonly readOnly: boolean }[]
  }
  /**
   * Removed when the command has ended for good: `directory`, with all it holds, links that still point to its name, and
   * directories that no config.json next to it names.
   */
  readonly removeAfterwards: readonly string[]
}

/** The store's log of events (docs/events.md), and what each record carries. */
export interface EventLog {
  readonly directory: string
  readonly id: string
  readonly attributes: Readonly<Record<string, string>>
}

/** A further command that is run again and again, as `exec` runs it: its exit code 0 means that all is well. */
export interface HealthRequest {
  readonly process: ProcessSpec
  readonly security: NonNullable<RunRequest['security']>
  /** From the end of one check to the start of the next. Only checks while the command is not frozen. */
  readonly intervalMs: number
  readonly timeoutMs: number
  /** Failures that match this prefix soon after the start do not count, until a check has succeeded. */
  readonly startPeriodMs: number
  /** Instead of `intervalMs`, meanwhile. */
  readonly startIntervalMs: number
  /** Failures in a row until it is unhealthy. */
  readonly retries: number
}

/**
 * Listens on the host before the command starts. Host port 0: any free one; up to the last one: the first that is free;
 * no address: every one, IPv4 and IPv6.
 */
export interface PortRequest {
  readonly protocol: 'tcp' | 'udp'
  readonly containerPort: number
  readonly hostPort: number
  readonly lastHostPort?: number
  readonly hostIp?: string
}
