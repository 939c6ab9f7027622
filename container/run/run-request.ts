import { join } from 'node:path'
import type { ContainerEdits } from '../../cdi/index.ts'
import { parseExtraHost } from '../../notation/index.ts'
import type {
  Mount,
  MountedVolume,
  Network,
  ProcessSpec,
  Rootfs,
  RunRequest,
  SuperviseRequest,
} from '../../sandbox-native/driver/index.ts'
import { cgroupLimits } from '../../sandbox-native/driver/index.ts'
import type { MemoryMount, MountPoint, RestartPolicy } from '../contract/record.ts'
import { DEFAULT_STOP_TIMEOUT_SECONDS, stopSignalOf } from '../control/stop-defaults.ts'
import { environmentOf, mergeEnv } from '../settings/environment.ts'
import { healthRequest } from '../settings/health-settings.ts'
import { processSpec } from '../settings/process-spec.ts'
import { parseTmpfsOptions } from '../settings/tmpfs-options.ts'
import { type ContainerFiles, filesOf, isCopied, nameLink, volumesFolder } from '../state/container-files.ts'
import { eventLogOf } from '../state/emit-event.ts'
import { logLimits } from '../state/log-settings.ts'
import type { StoredContainer } from '../state/stored-container.ts'

const FOREVER = 0xffff_ffff

export interface StartInput {
  readonly root: string
  readonly stored: StoredContainer
  /** Overlay directories of the image, top first. */
  readonly trees: readonly string[]
  readonly network: Network
  /**
   * Directory of hosts, hostname and resolv.conf: the container's own, or that of the container whose network it
   * shares.
   */
  readonly hostFiles: { readonly directory: string; readonly write: boolean }
  readonly attached: boolean
  /** Namespaces that it shares. */
  readonly namespaces: Pick<RunRequest, 'pid' | 'ipc' | 'cgroupns'>
  readonly devices: NonNullable<RunRequest['devices']>
  readonly cdi: Pick<ContainerEdits, 'env' | 'mounts' | 'groups'>
}

/** Translates the container's settings into a sandbox request. Pure. */
export function superviseRequest(input: StartInput): SuperviseRequest {
  const { root, stored } = input
  const files = filesOf(root, stored.id)
  const health = healthRequest(stored)
  const timeoutSeconds = stored.stopTimeoutSeconds ?? DEFAULT_STOP_TIMEOUT_SECONDS
  const timeoutMs = timeoutSeconds < 0 ? FOREVER : timeoutSeconds * 1000
  return {
    directory: files.directory,
    run: runRequest(input, files),
    openStdin: stored.openStdin,
    stdinOnce: stored.openStdin && (input.attached || stored.detached !== true),
    attached: input.attached,
    ports: stored.network === 'private' ? stored.ports : [],
    ...(stored.log.driver === 'none' ? {} : { log: logLimits(stored.log) }),
    stopSignal: stopSignalOf(stored),
    stopTimeoutMs: Math.min(timeoutMs, FOREVER),
    restart: restartRequest(stored.restart),
    ...(health !== undefined && { health }),
    events: { ...eventLogOf(root, stored), volumes: volumesOf(stored) },
    removeAfterwards: stored.autoRemove ? ownPaths(root, stored) : [],
  }
}

export function restartRequest(restart: RestartPolicy): SuperviseRequest['restart'] {
  return restart.name === 'on-failure' ? { ...restart, name: 'on-failure' } : { name: restart.name }
}

/** Everything that is removed with the container: its name, directory and anonymous volumes. */
function ownPaths(root: string, stored: StoredContainer): string[] {
  const volumes = stored.mounts.filter((mount) => mount.kind === 'volume' && mount.isAnonymous)
  return [
    filesOf(root, stored.id).directory,
    nameLink(root, stored.name),
    ...volumes.flatMap(({ name }) => (name === undefined ? [] : join(volumesFolder(root), name))),
  ]
}

function volumesOf({ mounts }: StoredContainer): readonly MountedVolume[] {
  return mounts.flatMap(({ name, target, readOnly }) =>
    name === undefined ? [] : [{ name, destination: target, readOnly }],
  )
}

function runRequest(input: StartInput, files: ContainerFiles): RunRequest {
  const { stored } = input
  return {
    rootfs: rootfsOf(files, stored, input.trees),
    mounts: [
      ...mountsOf(stored),
      ...input.cdi.mounts.map((mount) => ({ kind: 'bind' as const, hostOwners: true, ...mount })),
    ],
    keepMountPoints: true,
    hostFiles: input.hostFiles,
    process: withCdi(
      input.cdi,
      processSpec(stored, {
        argv: [...stored.entrypoint, ...stored.command],
        env: environmentOf(stored, { terminal: stored.terminal }),
        terminal: stored.terminal,
      }),
    ),
    init: stored.init,
    hostname: stored.hostname,
    ...(stored.domainname !== undefined && { domainname: stored.domainname }),
    network: input.network,
    cgroup: { name: stored.id, ...cgroupLimits(stored.limits) },
    extraHosts: stored.extraHosts.flatMap(hostLine),
    resolver: { nameservers: stored.dns, search: stored.dnsSearch, options: stored.dnsOptions },
    ...(stored.privileged ? { security: 'insecure' as const } : {}),
    ...(stored.shmSizeBytes !== undefined && { shmSizeBytes: stored.shmSizeBytes }),
    ...input.namespaces,
    ...(stored.uts !== undefined && { uts: stored.uts }),
    ...(stored.unmaskedPaths === true ? { unmaskedPaths: true } : {}),
    sysctls: Object.entries(stored.sysctls ?? {}),
    devices: input.devices,
    ...(stored.deviceRules !== undefined && { deviceRules: stored.deviceRules }),
    allowsConsole: true,
    ...(stored.users !== undefined && { users: stored.users }),
  }
}

/** SPEC: CDI: later variables win. */
function withCdi({ env, groups }: StartInput['cdi'], process: ProcessSpec): ProcessSpec {
  if (env.length === 0 && groups.length === 0) return process
  return { ...process, env: mergeEnv([process.env, env]), groups: [...(process.groups ?? []), ...groups.map(String)] }
}

/** `trees` are the image's, top first. */
export function rootfsOf(files: ContainerFiles, stored: StoredContainer, trees: readonly string[]): Rootfs {
  if (isCopied(files)) return { tree: files.upper, readOnly: stored.readOnly }
  return { lowers: [files.initLayer, ...trees], upper: files.upper, work: files.work, readOnly: stored.readOnly }
}

export function mountsOf(stored: StoredContainer): Mount[] {
  return stored.mounts.map((mount) => mountOf(mount, stored))
}

function mountOf(mount: MountPoint, stored: StoredContainer): Mount {
  const { source, target, readOnly } = mount
  if (mount.kind === 'tmpfs') {
    const settings = stored.tmpfsOptions[target] ?? {}
    const { options, flags } = parseTmpfsOptions(settings.options ?? '')
    return {
      kind: 'tmpfs',
      target,
      options: [...options, ...memoryOptions(settings)],
      flags: readOnly ? [...flags, 'ro'] : flags,
    }
  }
  if (mount.memory !== undefined)
    return { kind: 'tmpfs', target, options: memoryOptions(mount.memory), flags: readOnly ? ['dev', 'ro'] : ['dev'] }
  const recursive = mount.kind === 'bind' && mount.nonRecursive !== true
  const hostOwners = mount.kind === 'bind'
  return { kind: 'bind', source, target, readOnly, recursive, hostOwners, ...tieOf(mount.propagation) }
}

function tieOf(propagation: MountPoint['propagation']) {
  return propagation === undefined || propagation === 'private' || propagation === 'rprivate' ? {} : { propagation }
}

function memoryOptions({ sizeBytes, mode, uid, gid }: MemoryMount): (readonly [string, string])[] {
  const all = { size: sizeBytes, mode: mode?.toString(8), uid, gid }
  return Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)] as const]))
}

/** In the sandbox's order: the address first. */
function hostLine(text: string): readonly (readonly [string, string])[] {
  const [name, address] = parseExtraHost(text) ?? []
  return name === undefined || address === undefined ? [] : [[address, name]]
}
