/** What this machine allows; for `tsbuild doctor`. */
export interface ProbeRequest {
  readonly verb: 'probe'
  /** Where overlays are tried: on the filesystem of the store. Default: in /var/tmp or /tmp. */
  readonly directory?: string
}

export interface ProbeResult {
  readonly checks: readonly {
    readonly name: string
    /** False where building and running are not possible. */
    readonly ok: boolean
    /** They are possible, but something that a user may want is not. */
    readonly limited?: boolean
    /** What was found, in a sentence. */
    readonly found: string
    /** What to do where it is not ok, or limited. */
    readonly hint?: string
  }[]
  readonly cgroup: 'v2' | 'v1' | 'hybrid' | 'none'
  readonly overlay: boolean
  /** Steps can run in a plain chroot, and in nothing better. */
  readonly chroot: boolean
  /** Why no step can run at all; absent where steps can run. */
  readonly refusal?: string
  readonly kernel: string
}
