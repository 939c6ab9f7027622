/** What this machine allows; for `tsbuild doctor`. */
export interface ProbeRequest {
  readonly verb: 'probe'
  /** Where overlays are tried: on the filesystem of the store. Default: in /var/tmp or /tmp. */
  readonly directory?: string
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
