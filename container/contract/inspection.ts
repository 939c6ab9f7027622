/** The document of `docker inspect`, with Docker's field names. SPEC: Docker Engine API, ContainerInspect. */
export interface ContainerInspection {
  readonly Id: string
  readonly Created: string
  readonly Path: string
  readonly Args: readonly string[]
  readonly State: {
    readonly Status: string
    readonly Running: boolean
    readonly Paused: boolean
    readonly Restarting: boolean
    readonly OOMKilled: boolean
    readonly Dead: boolean
    readonly Pid: number
    readonly ExitCode: number
    readonly Error: string
    readonly StartedAt: string
    readonly FinishedAt: string
    readonly Health?: {
      readonly Status: string
      readonly FailingStreak: number
      readonly Log: readonly { Start: string; End: string; ExitCode: number; Output: string }[]
    }
  }
  readonly Image: string
  readonly ResolvConfPath: string
  readonly HostnamePath: string
  readonly HostsPath: string
  readonly LogPath: string
  /** Includes a leading slash. */
  readonly Name: string
  readonly RestartCount: number
  readonly Driver: 'overlay2'
  readonly Platform: 'linux'
  readonly MountLabel: ''
  readonly ProcessLabel: ''
  readonly AppArmorProfile: ''
  readonly ExecIDs: null
  readonly HostConfig: Readonly<Record<string, unknown>>
  readonly GraphDriver: { readonly Name: 'overlay2'; readonly Data: Readonly<Record<string, string>> }
  readonly Mounts: readonly Readonly<Record<string, unknown>>[]
  readonly Config: Readonly<Record<string, unknown>>
  readonly NetworkSettings: {
    readonly Ports: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[] | null>>
    readonly SandboxKey: string
    readonly IPAddress: string
    readonly Gateway: string
    readonly MacAddress: string
    readonly Networks: Readonly<Record<string, unknown>>
  }
}
