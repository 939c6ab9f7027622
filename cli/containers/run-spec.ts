import type { RunSpec } from '../../container/index.ts'
import { present } from '../../image-spec/index.ts'
import { isCdiName } from '../../notation/index.ts'
import type { Call } from '../command.ts'
import { usageError } from '../errors.ts'
import { extraHostFlag } from '../flags/extra-host.ts'
import type { FlagValues } from '../flags/flag-table.ts'
import { keyValues, labelValues } from '../flags/key-values.ts'
import { byteFlag, decimalFlag, integerFlag } from '../flags/numbers.ts'
import { platformOf } from '../flags/platform.ts'
import { pullPolicy } from '../flags/pull-policy.ts'
import { rlimit } from '../flags/rlimit.ts'
import { parseDeviceFlag } from './device-flag.ts'
import { healthFlags } from './health-flags.ts'
import { parseLogFlags } from './log-flags.ts'
import { parseMountFlag, parseTmpfsFlag, parseVolumeFlag } from './mount-flags.ts'
import { readPairFiles } from './pair-file.ts'
import { parsePublish } from './publish-flag.ts'
import { parseRestartFlag } from './restart-flag.ts'
import type { createFlags, limitFlags } from './run-flags.ts'
import { withProfile } from './seccomp-file.ts'

type Values = FlagValues<typeof createFlags>

/** Converts the flags of `run` and `create`, the image and the command. */
export async function runSpec(
  values: Values,
  [image = '', ...command]: readonly string[],
  call: Pick<Call, 'io' | 'interrupt'>,
): Promise<RunSpec> {
  return {
    image,
    ...(command.length === 0 ? {} : { command }),
    ...present(
      'entrypoint',
      values.entrypoint === undefined ? undefined : values.entrypoint === '' ? [] : [values.entrypoint],
    ),
    ...present('name', values.name === '' ? undefined : values.name),
    ...present('workingDir', values.workdir),
    ...present('user', values.user),
    ...present('platform', values.platform ? platformOf(values.platform) : undefined),
    ...present('cidFile', values.cidfile),
    ...present('stopSignal', values['stop-signal']),
    ...present('stopTimeoutSeconds', integerFlag('--stop-timeout', values['stop-timeout'])),
    ...present('shmSizeBytes', byteFlag('--shm-size', values['shm-size'])),
    ...present('limits', limitsOf(values)),
    env: await environment(values, call),
    ...networkSettings(values),
    mounts: [
      ...values.volume.map(parseVolumeFlag),
      ...values.mount.map(parseMountFlag),
      ...values.tmpfs.map(parseTmpfsFlag),
    ],
    volumesFrom: values['volumes-from'],
    terminal: values.tty,
    openStdin: values.interactive,
    labels: {
      ...labelValues('--label-file', await readPairFiles(values['label-file'], call)),
      ...labelValues('--label', values.label),
    },
    autoRemove: values.rm,
    restart: parseRestartFlag(values.restart),
    ...present('health', healthFlags(values)),
    ...present('log', parseLogFlags(values['log-driver'], values['log-opt'])),
    init: values.init,
    ...privileges(values),
    ...namespaceModes(values),
    securityOptions: await Promise.all(values['security-opt'].map((option) => withProfile(option, call))),
    pull: pullPolicy(values.pull),
  }
}

/** Variables from flags and files, and the proxies of docker's configuration unless they are set. */
async function environment(values: Values, call: Pick<Call, 'io' | 'interrupt'>): Promise<readonly string[]> {
  const given = [...(await readPairFiles(values['env-file'], call)), ...values.env]
  const names = given.map((pair) => pair.replace(/=.*/s, ''))
  const { dockerProxies } = await import('../../registry/index.ts')
  const proxies = await dockerProxies(call.io.env, names, (message) => call.io.stderr.write(`WARNING: ${message}\n`))
  return [...Object.entries(proxies).map(([name, value]) => `${name}=${value}`), ...given]
}

function networkSettings(values: Values) {
  return {
    ...present('hostname', values.hostname === '' ? undefined : values.hostname),
    ...present('domainname', values.domainname === '' ? undefined : values.domainname),
    ...present('network', onlyNetwork(values.network)),
    extraHosts: values['add-host'].map(extraHostFlag),
    dns: values.dns,
    dnsSearch: values['dns-search'],
    dnsOptions: values['dns-option'],
    ports: values.publish.flatMap(parsePublish),
    publishAll: values['publish-all'],
    expose: values.expose,
  }
}

function onlyNetwork(networks: readonly string[]): string | undefined {
  const [network, ...others] = new Set(networks)
  if (others.length === 0) return network
  throw usageError(`Cannot use "--network": found ${others.length + 1} networks (expected one)`)
}

function privileges(values: Values) {
  return {
    readOnly: values['read-only'],
    rlimits: values.ulimit.map(rlimit),
    addCapabilities: values['cap-add'],
    dropCapabilities: values['cap-drop'],
    privileged: values.privileged,
    groups: values['group-add'],
    devices: values.device.filter((device) => !isCdiName(device)).map(parseDeviceFlag),
    cdiDevices: values.device.filter(isCdiName),
    deviceRules: values['device-cgroup-rule'],
    sysctls: keyValues('--sysctl', values.sysctl),
    ...present('oomScoreAdj', integerFlag('--oom-score-adj', values['oom-score-adj'])),
  }
}

function namespaceModes(values: Values) {
  return {
    ...present('ipc', containerMode(values.ipc) ?? modeFlag('--ipc', values.ipc, IPC_MODES)),
    ...present('pid', containerMode(values.pid) ?? modeFlag('--pid', values.pid, HOST)),
    ...present('cgroupns', modeFlag('--cgroupns', values.cgroupns, CGROUP_MODES)),
    ...present('uts', modeFlag('--uts', values.uts, HOST)),
    ...present('userns', modeFlag('--userns', values.userns, USER_MODES)),
  }
}

const HOST = ['host'] as const
const USER_MODES = ['auto', 'host', 'nomap'] as const
const IPC_MODES = ['private', 'shareable', 'host', 'none'] as const
const CGROUP_MODES = ['private', 'host'] as const

function containerMode(text: string | undefined): `container:${string}` | undefined {
  const name = /^container:(.+)$/s.exec(text ?? '')?.[1]
  return name === undefined ? undefined : `container:${name}`
}

/** Docker treats an empty value as absent. */
function modeFlag<M extends string>(flag: string, text: string | undefined, modes: readonly M[]): M | undefined {
  if (text === undefined || text === '') return undefined
  const mode = modes.find((known) => known === text)
  if (mode !== undefined) return mode
  const others = flag === '--pid' || flag === '--ipc' ? ', container:NAME' : ''
  throw usageError(`Cannot use "${flag} ${text}": unknown mode (expected ${modes.join(', ')}${others})`)
}

/** Undefined if no limit is given. */
export function limitsOf(values: FlagValues<typeof limitFlags>): RunSpec['limits'] {
  const swap = values['memory-swap']
  const limits: NonNullable<RunSpec['limits']> = {
    ...present('memoryBytes', byteFlag('--memory', values.memory)),
    ...present('memoryReservationBytes', byteFlag('--memory-reservation', values['memory-reservation'])),
    ...present('memorySwapBytes', swap === '-1' ? -1 : byteFlag('--memory-swap', swap)),
    ...present('cpus', decimalFlag('--cpus', values.cpus)),
    ...present('cpuPeriodUs', integerFlag('--cpu-period', values['cpu-period'])),
    ...present('cpuQuotaUs', integerFlag('--cpu-quota', values['cpu-quota'])),
    ...present('cpuShares', integerFlag('--cpu-shares', values['cpu-shares'])),
    ...present('cpusetCpus', values['cpuset-cpus']),
    ...present('cpusetMems', values['cpuset-mems']),
    ...present('pidsMax', integerFlag('--pids-limit', values['pids-limit'])),
  }
  return Object.keys(limits).length === 0 ? undefined : limits
}
