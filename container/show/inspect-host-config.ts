import { present } from '../../image-spec/index.ts'
import type { MountPoint, PortMapping } from '../contract/record.ts'
import type { MountSpec } from '../contract/run-spec.ts'
import type { StoredContainer } from '../state/stored-container.ts'
import { maskedPaths, readonlyPaths } from './masked-paths.ts'
import { unusedHostSettings } from './unused-host-settings.ts'

const NANO = 1e9

/** The host settings of `run` in `docker inspect`. */
export function hostConfigOf(stored: StoredContainer): Readonly<Record<string, unknown>> {
  const { restart } = stored
  const longMounts = longMountsOf(stored)
  return {
    Binds: bindsOf(stored),
    ContainerIDFile: stored.cidFile ?? '',
    Links: null,
    NetworkMode: stored.network === 'private' ? 'bridge' : stored.network,
    PortBindings: portBindingsOf(stored.ports),
    PublishAllPorts: stored.publishAll ?? false,
    VolumesFrom: nullIfEmpty(stored.volumesFrom ?? []),
    RestartPolicy: { Name: restart.name, MaximumRetryCount: restart.maximumRetries ?? 0 },
    AutoRemove: stored.autoRemove,
    CapAdd: nullIfEmpty(stored.addCapabilities),
    CapDrop: nullIfEmpty(stored.dropCapabilities),
    Dns: stored.dns,
    DnsOptions: stored.dnsOptions,
    DnsSearch: stored.dnsSearch,
    ExtraHosts: nullIfEmpty(stored.extraHosts),
    Privileged: stored.privileged,
    ReadonlyRootfs: stored.readOnly,
    ...securityOf(stored),
    ...namespacesOf(stored),
    GroupAdd: nullIfEmpty(stored.groups ?? []),
    OomScoreAdj: stored.oomScoreAdj ?? 0,
    ...(stored.sysctls !== undefined && { Sysctls: stored.sysctls }),
    Devices: (stored.devices ?? []).map(({ source, target, access = 'rwm' }) => ({
      PathOnHost: source,
      PathInContainer: target,
      CgroupPermissions: access,
    })),
    DeviceRequests: deviceRequests(stored.cdiDevices),
    DeviceCgroupRules: nullIfEmpty(stored.deviceRules ?? []),
    ShmSize: stored.shmSizeBytes ?? 64 << 20,
    ...(stored.init ? { Init: true } : {}),
    ...limitsOf(stored),
    Ulimits: ulimitsOf(stored),
    LogConfig: { Type: stored.log.driver ?? 'json-file', Config: logConfigOf(stored) },
    ...present('Tmpfs', tmpfsOf(stored)),
    ...unusedHostSettings,
    ...(longMounts.length === 0 ? {} : { Mounts: longMounts }),
  }
}

function namespacesOf(stored: StoredContainer) {
  return {
    CgroupParent: '',
    CgroupnsMode: stored.cgroupns ?? 'private',
    IpcMode: stored.ipc ?? 'private',
    PidMode: stored.pid ?? '',
    UTSMode: stored.uts ?? '',
    UsernsMode: stored.userns ?? '',
    ...(stored.users !== undefined && { IDMappings: idMappings(stored.users) }),
  }
}

function limitsOf({ limits }: StoredContainer) {
  return {
    Memory: limits.memoryBytes ?? 0,
    MemoryReservation: limits.memoryReservationBytes ?? 0,
    MemorySwap: limits.memorySwapBytes ?? 0,
    NanoCpus: Math.round((limits.cpus ?? 0) * NANO),
    CpuPeriod: limits.cpuPeriodUs ?? 0,
    CpuQuota: limits.cpuQuotaUs ?? 0,
    CpuShares: limits.cpuShares ?? 0,
    CpusetCpus: limits.cpusetCpus ?? '',
    CpusetMems: limits.cpusetMems ?? '',
    PidsLimit: limits.pidsMax ?? null,
  }
}

/** SPEC: docker's CDI device driver. */
function deviceRequests(names: StoredContainer['cdiDevices']) {
  if (names === undefined) return null
  return [{ Driver: 'cdi', Count: 0, DeviceIDs: names, Capabilities: null, Options: null }]
}

/** SPEC: podman inspect. */
function idMappings({ uid, gid, count }: NonNullable<StoredContainer['users']>) {
  return { UidMap: [`0:${uid}:${count}`], GidMap: [`0:${gid}:${count}`] }
}

/** Binds of `-v`; an anonymous volume is listed elsewhere. */
function bindsOf({ mountFlags = [] }: StoredContainer): readonly string[] | null {
  const binds = mountFlags.flatMap((mount) => {
    if (mount.isLong === true || mount.kind === 'tmpfs') return []
    const source = mount.kind === 'bind' ? mount.source : mount.name
    if (source === undefined) return []
    return [source, mount.target, modeOf(mount)].filter((word) => word !== '').join(':')
  })
  return nullIfEmpty(binds)
}

/** Mounts of `--mount`. SPEC: Docker Engine API, Mount: fields not given are omitted. */
function longMountsOf({ mountFlags = [] }: StoredContainer): readonly object[] {
  return mountFlags
    .filter((mount) => mount.isLong === true)
    .map((mount) => {
      const source = mount.kind === 'bind' ? mount.source : mount.kind === 'volume' ? mount.name : undefined
      return {
        Type: mount.kind,
        ...(source !== undefined && { Source: source }),
        Target: mount.target,
        ...(mount.readOnly === true ? { ReadOnly: true } : {}),
        ...mountOptionsOf(mount),
      }
    })
}

function mountOptionsOf(mount: MountSpec): object {
  switch (mount.kind) {
    case 'bind': {
      const { propagation, nonRecursive } = mount
      const options = { ...present('Propagation', propagation), ...present('NonRecursive', nonRecursive) }
      return Object.keys(options).length === 0 ? {} : { BindOptions: options }
    }
    case 'volume': {
      const { noCopy, labels, options } = mount
      if (noCopy !== true && labels === undefined && options === undefined) return {}
      const copying = noCopy === true ? { NoCopy: true } : {}
      return { VolumeOptions: { ...copying, ...present('Labels', labels), DriverConfig: present('Options', options) } }
    }
    case 'tmpfs': {
      const { sizeBytes, mode } = mount
      if (sizeBytes === undefined && mode === undefined) return {}
      return { TmpfsOptions: { ...present('SizeBytes', sizeBytes), ...present('Mode', mode) } }
    }
  }
}

/** What follows the second colon of `-v`, without defaults. */
export function modeOf(mount: Pick<MountPoint, 'readOnly' | 'propagation'> | MountSpec): string {
  const propagation = 'propagation' in mount ? (mount.propagation ?? 'rprivate') : 'rprivate'
  return [...(mount.readOnly === true ? ['ro'] : []), ...(propagation === 'rprivate' ? [] : [propagation])].join(',')
}

/** SPEC: docker/cli parseSystemPaths: the client turns `systempaths` into empty lists. */
function securityOf(stored: StoredContainer): Readonly<Record<string, unknown>> {
  const options = securityOptionsOf(stored)
  if (stored.unmaskedPaths === true) return { SecurityOpt: options, MaskedPaths: [], ReadonlyPaths: [] }
  const paths = stored.privileged
    ? { MaskedPaths: null, ReadonlyPaths: null }
    : { MaskedPaths: maskedPaths(), ReadonlyPaths: readonlyPaths }
  return { SecurityOpt: nullIfEmpty(options), ...paths }
}

/** SPEC: moby generateSecurityOpt: no labels if it is privileged, or shares IPC or PID namespace with the host. */
function securityOptionsOf({ securityOptions, privileged, ipc, pid }: StoredContainer): readonly string[] {
  const hasLabel = securityOptions.some((option) => option.startsWith('label'))
  return (privileged || ipc === 'host' || pid === 'host') && !hasLabel
    ? [...securityOptions, 'label=disable']
    : securityOptions
}

function ulimitsOf({ rlimits }: StoredContainer) {
  const byName = [...rlimits].sort((a, b) => (a.name < b.name ? -1 : 1))
  return byName.map(({ name, soft, hard }) => ({ Name: name, Hard: hard, Soft: soft }))
}

/** As given with `--tmpfs`; those of `--mount` are in the mounts. */
function tmpfsOf({ tmpfsOptions }: StoredContainer): Readonly<Record<string, string>> | undefined {
  const requested = Object.entries(tmpfsOptions).flatMap(([target, { options }]) =>
    options === undefined ? [] : [[target, options] as const],
  )
  return requested.length === 0 ? undefined : Object.fromEntries(requested)
}

function portBindingsOf(ports: readonly PortMapping[]): Readonly<Record<string, unknown>> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {}
  for (const port of ports) {
    const key = `${port.containerPort}/${port.protocol}`
    const range = port.lastHostPort === undefined ? '' : `-${port.lastHostPort}`
    const hostPort = port.hostPort === 0 ? '' : `${port.hostPort}${range}`
    bindings[key] = [...(bindings[key] ?? []), { HostIp: port.hostIp ?? '', HostPort: hostPort }]
  }
  return bindings
}

function logConfigOf({ log }: StoredContainer): Readonly<Record<string, string>> {
  return {
    ...(log.maxSizeBytes !== undefined && { 'max-size': String(log.maxSizeBytes) }),
    ...(log.maxFiles === 1 ? {} : { 'max-file': String(log.maxFiles) }),
  }
}

function nullIfEmpty(list: readonly string[]): readonly string[] | null {
  return list.length === 0 ? null : list
}
