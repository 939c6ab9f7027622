import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { posix } from 'node:path'
import { type ContainerConfig, present } from '../../image-spec/index.ts'
import type { Image } from '../../layer-store/index.ts'
import { parseExtraHost, parsePorts, splitPair } from '../../notation/index.ts'
import { badOption, ContainerError } from '../contract/errors.ts'
import type { RunSpec } from '../contract/run-spec.ts'
import { signalNumber } from '../control/signal-number.ts'
import { logSettings } from '../state/log-settings.ts'
import type { StoredContainer } from '../state/stored-container.ts'
import { checkedCapabilities } from './capability-names.ts'
import { mergeEnv, withCallersValues } from './environment.ts'
import { exposedPortsOf } from './exposed-ports.ts'
import { healthOf } from './health-settings.ts'
import { isolationSettings } from './isolation-settings.ts'
import { checkedLimits } from './limits.ts'
import { securitySettings } from './security-options.ts'

const SHORT_ID = 12
/** PATH_MAX, without the terminating NUL. */
const MAX_PATH_BYTES = 4095

/** Settings of `run` merged over the image's. Pure. */
export type Settings = Omit<
  StoredContainer,
  | 'version'
  | 'id'
  | 'name'
  | 'image'
  | 'imageId'
  | 'chain'
  | 'createdAt'
  | 'mounts'
  | 'tmpfsOptions'
  | 'network'
  | 'users'
>

export interface SettingsInput {
  readonly spec: RunSpec
  readonly image: Image
  readonly id: string
  /** As resolved. */
  readonly network: string
  /** Environment for `-e KEY`. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Hostname of the host, or of the container whose network is shared. */
  readonly sharedHostname: string
}

export function settingsOf(input: SettingsInput): Settings {
  const { spec, image } = input
  const config = image.config.config ?? {}
  const stopSignal = spec.stopSignal ?? config.StopSignal
  requireOwnFiles(spec, input.network)
  if (spec.stopSignal !== undefined) signalNumber(spec.stopSignal) // throws if it does not exist
  return {
    ...argumentsOf(spec, config, spec.image),
    env: variablesOf(spec, config, input.env),
    workingDir: workingDirOf(spec, config),
    user: spec.user ?? config.User ?? '',
    hostname: hostnameOf(input),
    ...present('domainname', domainnameOf(spec)),
    ports: portsOf(input, config),
    exposedPorts: exposedPortsOf(spec, config),
    ...present('publishAll', spec.publishAll),
    ...present('volumesFrom', spec.volumesFrom),
    terminal: spec.terminal ?? false,
    openStdin: spec.openStdin ?? false,
    ...present('detached', spec.detached),
    labels: { ...config.Labels, ...spec.labels },
    autoRemove: spec.autoRemove ?? false,
    readOnly: spec.readOnly ?? false,
    init: spec.init ?? false,
    privileged: spec.privileged ?? false,
    ...present('stopSignal', stopSignal),
    ...present('stopTimeoutSeconds', spec.stopTimeoutSeconds),
    ...present('cidFile', spec.cidFile),
    restart: restartOf(spec),
    ...present('health', healthOf(spec.health, config.Healthcheck)),
    ...present('shell', config.Shell),
    limits: checkedLimits(spec.limits ?? {}),
    ...present('shmSizeBytes', spec.shmSizeBytes || undefined), // as with docker, 0 is the default
    rlimits: spec.rlimits ?? [],
    addCapabilities: checkedCapabilities('add', spec.addCapabilities ?? []),
    dropCapabilities: checkedCapabilities('drop', spec.dropCapabilities ?? []),
    ...securitySettings(spec.securityOptions),
    ...isolationSettings(spec, input.network),
    extraHosts: extraHostsOf(spec, input.network),
    ...resolverOf(spec),
    log: logSettings(spec.log),
  }
}

/** SPEC: docker run: a user-supplied entrypoint clears the image's CMD; an empty one clears both. */
function argumentsOf(spec: RunSpec, config: ContainerConfig, image: string) {
  const hasCommand = spec.command !== undefined && spec.command.length > 0
  const own = spec.entrypoint ?? config.Entrypoint ?? []
  const entrypoint = own.length === 1 && own[0] === '' ? [] : own
  const inherited = spec.entrypoint === undefined ? (config.Cmd ?? []) : []
  const command = hasCommand ? (spec.command ?? []) : inherited
  if (entrypoint.length + command.length > 0) return { entrypoint, command }
  throw new ContainerError('CONTAINER_NO_COMMAND', `Cannot run image "${image}": no command specified`, {
    hint: 'Specify a command after the image, or add a CMD to the image',
  })
}

/** In docker's order: the user's variables, then those of the image that the user does not set. */
function variablesOf(spec: RunSpec, config: ContainerConfig, callers: SettingsInput['env']): string[] {
  const entries = withCallersValues(spec.env ?? [], callers)
  const nameOf = (entry: string) => splitPair(entry)[0]
  const names = new Set(entries.map(nameOf))
  return mergeEnv([entries, (config.Env ?? []).filter((entry) => entry !== '' && !names.has(nameOf(entry)))])
}

function workingDirOf(spec: RunSpec, config: ContainerConfig): string {
  const directory = spec.workingDir || config.WorkingDir || '/'
  if (Buffer.byteLength(directory) > MAX_PATH_BYTES) {
    const found = `it has more than ${MAX_PATH_BYTES} bytes`
    throw badOption(`Cannot work in directory "${directory.slice(0, 60)}…": ${found} (expected an absolute path)`)
  }
  if (directory.startsWith('/')) return posix.resolve(directory)
  throw badOption(`Cannot work in directory "${directory}": relative path (expected an absolute path)`)
}

function hostnameOf({ spec, network, id, sharedHostname }: SettingsInput): string {
  if (spec.hostname !== undefined && network.startsWith('container:')) {
    throw badOption('Cannot set a hostname: conflicting options: hostname and the network mode')
  }
  if (spec.uts === 'host') return hostname()
  if (spec.hostname === undefined)
    return network === 'private' || network === 'none' ? id.slice(0, SHORT_ID) : sharedHostname
  if (/^[a-zA-Z0-9]([a-zA-Z0-9._-]{0,62})$/.test(spec.hostname)) return spec.hostname
  throw badOption(
    `Cannot use hostname "${spec.hostname}": not a valid host name (expected letters, digits, "-", "_" and ".", at most 63)`,
  )
}

function domainnameOf({ domainname, uts }: RunSpec): string | undefined {
  if (domainname === undefined) return undefined
  if (uts === 'host') throw badOption('Cannot set a domain name: conflicting options: domain name and the UTS mode')
  if (/^[a-zA-Z0-9._-]{1,64}$/.test(domainname)) return domainname
  throw badOption(
    `Cannot use domain name "${domainname}": not a valid domain name (expected letters, digits, "-", "_" and ".", at most 64)`,
  )
}

function portsOf({ spec, network }: SettingsInput, config: ContainerConfig): StoredContainer['ports'] {
  const requested = spec.ports ?? []
  if (network.startsWith('container:') && (requested.length > 0 || spec.publishAll === true)) {
    throw badOption('Cannot publish ports: conflicting options: port publishing and the container type network mode', {
      hint: 'Publish them on the container whose network is shared',
    })
  }
  if (network.startsWith('container:') && (spec.expose ?? []).length > 0)
    throw badOption('Cannot expose ports: conflicting options: port exposing and the container type network mode')
  if (spec.publishAll !== true || network !== 'private') return requested
  const taken = new Set(requested.map((port) => `${port.containerPort}/${port.protocol}`))
  const others = exposedPortsOf(spec, config).filter((key) => !taken.has(key))
  return [...requested, ...others.flatMap(unpublishedPort)]
}

/** None for what an image exposes that is not a port. */
function unpublishedPort(key: string): StoredContainer['ports'] {
  const exposed = parsePorts(key)
  if (exposed === undefined || exposed.first === 0) return []
  return [{ containerPort: exposed.first, protocol: exposed.protocol === 'udp' ? 'udp' : 'tcp', hostPort: 0 }]
}

function restartOf(spec: RunSpec): StoredContainer['restart'] {
  const restart = spec.restart ?? { name: 'no' }
  if (spec.autoRemove === true && restart.name !== 'no') {
    throw badSyntax('Cannot restart and remove the same container: conflicting options: --restart and --rm')
  }
  return restart
}

/** Containers that share a network use its owner's hosts and resolv.conf. */
function requireOwnFiles({ extraHosts, dns, dnsSearch, dnsOptions }: RunSpec, network: string): void {
  if (!network.startsWith('container:')) return
  const hint = { hint: 'Set it on the container whose network is shared' }
  if ((extraHosts ?? []).length > 0)
    throw badOption('Cannot add hosts: conflicting options: custom host-to-IP mapping and the network mode', hint)
  if ([dns, dnsSearch, dnsOptions].some((list) => (list ?? []).length > 0))
    throw badOption('Cannot set name servers: conflicting options: dns and the network mode', hint)
}

/** As docker shows and stores them. */
function extraHostsOf(spec: RunSpec, network: string): readonly string[] {
  return (spec.extraHosts ?? []).map(([name, address]) => {
    const entry = `${name}:${address}`
    // SECURITY: a name with a line break would add other lines to /etc/hosts.
    if (parseExtraHost(entry) === undefined)
      throw badSyntax(`Cannot add host "${entry}": invalid syntax (expected a name and an IP address)`)
    if (address === 'host-gateway' && network === 'none')
      throw badOption(
        `Cannot add host "${entry}": the host is unreachable without a network (expected the network private or host)`,
      )
    return entry
  })
}

function resolverOf({ dns = [], dnsSearch = [], dnsOptions = [] }: RunSpec) {
  const broken = [...dns, ...dnsSearch, ...dnsOptions].find((word) => !/^[^\s]+$/.test(word))
  if (broken !== undefined) throw badOption(`Cannot write "${broken}" to resolv.conf: it contains white space`)
  const wrong = dns.find((address) => isIP(address.split('%')[0] ?? '') === 0)
  if (wrong !== undefined)
    throw badSyntax(
      `Cannot use DNS server "${wrong}": ip address is not correctly formatted (expected an address such as 10.0.0.53)`,
    )
  return { dns, dnsSearch, dnsOptions }
}

function badSyntax(message: string): ContainerError {
  return new ContainerError('CONTAINER_BAD_SYNTAX', message)
}
