import { posix } from 'node:path'
import { present } from '../../image-spec/index.ts'
import type { ContainerInspection } from '../contract/inspection.ts'
import type { ContainerState, MountPoint, PortMapping } from '../contract/record.ts'
import { networkOwner } from '../settings/shared-network.ts'
import { filesOf } from '../state/container-files.ts'
import { readState } from '../state/state-file.ts'
import type { StoredContainer } from '../state/stored-container.ts'
import { shownExposedPorts } from './exposed-ports.ts'
import { hostConfigOf, modeOf } from './inspect-host-config.ts'
import { shownNetwork } from './shown-network.ts'

/** How docker writes a time that is not set. */
const NEVER = '0001-01-01T00:00:00Z'

/** `trees`: overlay directories of the image, top first. */
export function inspectContainer(root: string, stored: StoredContainer, trees: readonly string[]): ContainerInspection {
  const files = filesOf(root, stored.id)
  const shared = filesOf(root, networkOwner(root, stored).id)
  const { ports, state } = readState(files)
  const [path = '', ...rest] = [...stored.entrypoint, ...stored.command]
  return {
    Id: stored.id,
    Created: stored.createdAt,
    Path: path,
    Args: rest,
    State: stateOf(state),
    Image: stored.imageId,
    ResolvConfPath: shared.resolvConf,
    HostnamePath: shared.hostname,
    HostsPath: shared.hosts,
    LogPath: stored.log.driver === 'none' ? '' : files.log,
    Name: `/${stored.name}`,
    RestartCount: state.restartCount,
    Driver: 'overlay2',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: null,
    HostConfig: hostConfigOf(stored),
    GraphDriver: {
      Data: {
        LowerDir: [files.initLayer, ...trees].join(':'),
        // Mounted in the container only: elsewhere it is reached through the container's process.
        ...(state.pid !== 0 && { MergedDir: `/proc/${state.pid}/root` }),
        UpperDir: files.upper,
        WorkDir: files.work,
      },
      Name: 'overlay2',
    },
    Mounts: stored.mounts
      .filter(({ target }) => stored.tmpfsOptions[target]?.options === undefined)
      .map((mount) => mountOf(mount, isLong(stored, mount))),
    Config: configOf(stored),
    NetworkSettings: networkOf(stored, { ports, isRunning: state.pid !== 0 }),
  }
}

function stateOf(state: ContainerState): ContainerInspection['State'] {
  const { health } = state
  return {
    Status: state.status,
    Running: state.status === 'running' || state.status === 'paused' || state.status === 'restarting',
    Paused: state.status === 'paused',
    Restarting: state.status === 'restarting',
    OOMKilled: state.oomKilled,
    Dead: state.status === 'dead',
    Pid: state.pid,
    ExitCode: state.exitCode,
    Error: state.error,
    StartedAt: state.startedAt ?? NEVER,
    FinishedAt: state.finishedAt ?? NEVER,
    ...(health === undefined
      ? {}
      : {
          Health: {
            Status: health.status,
            FailingStreak: health.failingStreak,
            Log: health.log.map(({ start, end, exitCode, output }) => ({
              Start: start,
              End: end,
              ExitCode: exitCode,
              Output: output,
            })),
          },
        }),
  }
}

function isLong({ mountFlags = [] }: StoredContainer, { target }: MountPoint): boolean {
  return mountFlags.some((flag) => flag.isLong === true && posix.resolve(flag.target) === target)
}

function mountOf(mount: MountPoint, isLongForm: boolean): Readonly<Record<string, unknown>> {
  return {
    Type: mount.kind,
    ...(mount.name !== undefined && { Name: mount.name }),
    Source: mount.source,
    Destination: mount.target,
    ...(mount.kind === 'volume' ? { Driver: 'local' } : {}),
    Mode: mount.kind === 'tmpfs' || isLongForm ? '' : modeOf(mount),
    RW: !mount.readOnly,
    Propagation: mount.propagation ?? '',
  }
}

function configOf(stored: StoredContainer): Readonly<Record<string, unknown>> {
  const isAttached = stored.detached !== true
  return {
    Hostname: stored.hostname,
    Domainname: stored.domainname ?? '',
    User: stored.user,
    AttachStdin: stored.openStdin && isAttached,
    AttachStdout: isAttached,
    AttachStderr: isAttached,
    Tty: stored.terminal,
    OpenStdin: stored.openStdin,
    StdinOnce: stored.openStdin && isAttached,
    ...(stored.exposedPorts.length > 0 ? { ExposedPorts: emptyTable(stored.exposedPorts) } : {}),
    Env: stored.env,
    Cmd: stored.command.length > 0 ? stored.command : null,
    ...(stored.health !== undefined && { Healthcheck: stored.health }),
    Image: stored.image,
    Volumes: nullIfEmpty(
      stored.mounts.filter((mount) => mount.isAnonymous && !isLong(stored, mount)).map((mount) => mount.target),
    ),
    WorkingDir: stored.workingDir === '/' ? '' : stored.workingDir,
    Entrypoint: stored.entrypoint.length > 0 ? stored.entrypoint : null,
    OnBuild: null,
    Labels: stored.labels,
    ...(stored.shell !== undefined && { Shell: stored.shell }),
    ...present('StopSignal', stored.stopSignal),
    ...present('StopTimeout', stored.stopTimeoutSeconds),
  }
}

/** Docker shows no exposed or published ports unless the container is running. */
function networkOf(
  stored: StoredContainer,
  { ports, isRunning }: { readonly ports: readonly PortMapping[]; readonly isRunning: boolean },
): ContainerInspection['NetworkSettings'] {
  const bound: Record<string, { HostIp: string; HostPort: string }[] | null> = {}
  for (const key of shownExposedPorts(stored, isRunning)) bound[key] = null
  for (const port of ports) {
    const addresses = port.hostIp === undefined ? ['0.0.0.0', '::'] : [port.hostIp]
    const key = `${port.containerPort}/${port.protocol}`
    const entries = addresses.map((HostIp) => ({ HostIp, HostPort: String(port.hostPort) }))
    bound[key] = [...(bound[key] ?? []), ...entries]
  }
  const network = shownNetwork(stored.network)
  return {
    SandboxKey: '',
    Ports: bound,
    ...NO_BRIDGE,
    ...ADDRESSES,
    Networks: network === '' ? {} : { [network]: ENDPOINT },
  }
}

/** Empty, as for docker's network `host`: a container's network has no address for other containers. */
const ADDRESSES = {
  Gateway: '',
  GlobalIPv6Address: '',
  GlobalIPv6PrefixLen: 0,
  IPAddress: '',
  IPPrefixLen: 0,
  IPv6Gateway: '',
  MacAddress: '',
}

const NO_BRIDGE = {
  Bridge: '',
  SandboxID: '',
  HairpinMode: false,
  LinkLocalIPv6Address: '',
  LinkLocalIPv6PrefixLen: 0,
  SecondaryIPAddresses: null,
  SecondaryIPv6Addresses: null,
  EndpointID: '',
}

const ENDPOINT = {
  IPAMConfig: null,
  Links: null,
  Aliases: null,
  DriverOpts: null,
  GwPriority: 0,
  NetworkID: '',
  EndpointID: '',
  ...ADDRESSES,
  DNSNames: null,
}

function nullIfEmpty(keys: readonly string[]): object | null {
  return keys.length === 0 ? null : emptyTable(keys)
}

function emptyTable(keys: readonly string[]): object {
  return Object.fromEntries(keys.map((key) => [key, {}]))
}
