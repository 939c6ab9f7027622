export type Status =
  | { readonly kind: 'started'; readonly pid: number }
  /** The network is connected: the process to join, and the /etc/resolv.conf for those that do. */
  | {
      readonly kind: 'network'
      readonly pid: number
      readonly startTicks: number
      readonly resolvConf: string
      readonly hostGateway?: string
    }
  | { readonly kind: 'progress'; readonly doneBytes: number; readonly totalBytes?: number }
  /** Of `follow-blob`: the state of the digest so far. */
  | { readonly kind: 'digested'; readonly position: number; readonly words: readonly number[] }
  | { readonly kind: 'warning'; readonly message: string }
  | {
      readonly kind: 'exited'
      /** 128 + signal if killed by one. 126 and 127 as a shell would give them for a command that can't be started. */
      readonly exitCode: number
      readonly signal?: string
      readonly oomKilled: boolean
      /** It has not ended, but was left running. */
      readonly isDetached?: boolean
      readonly usage: ResourceUsage
    }
  /** The last line of a tree verb. */
  | { readonly kind: 'result'; readonly result: unknown }
  /** The last line of anything that could not be done. */
  | {
      readonly kind: 'failed'
      readonly code: string
      readonly message: string
      readonly hint?: string
      readonly errno?: string
    }

export interface ResourceUsage {
  readonly wallUs: number
  readonly cpuUserUs: number
  readonly cpuSystemUs: number
  readonly peakMemoryBytes?: number
  readonly readBytes?: number
  readonly writtenBytes?: number
}
