/** What this machine allows; for `tsbuild doctor`. */
export interface ProbeRequest {
  readonly verb: 'probe'
}

export interface ProbeResult {
  readonly checks: readonly {
    readonly name: string
    readonly ok: boolean
    /** What was found, in a sentence. */
    readonly found: string
    /** What to do where it is not ok. */
    readonly hint?: string
  }[]
  readonly cgroup: 'v2' | 'v1' | 'hybrid' | 'none'
  readonly overlay: boolean
  readonly kernel: string
}
