import { present } from '../../image-spec/index.ts'
import { badOption } from '../contract/errors.ts'
import type { RunSpec } from '../contract/run-spec.ts'
import type { StoredContainer } from '../state/stored-container.ts'
import { checkDeviceRule } from './device-rule.ts'
import { joinedContainer } from './joined-namespaces.ts'

type IsolationSettings = Pick<
  StoredContainer,
  | 'groups'
  | 'ipc'
  | 'pid'
  | 'cgroupns'
  | 'uts'
  | 'userns'
  | 'sysctls'
  | 'devices'
  | 'cdiDevices'
  | 'deviceRules'
  | 'oomScoreAdj'
>

/** SPEC: docker/cli opts.ValidateSysctl: sysctls of the network and IPC namespaces. */
const SYSCTL =
  /^(kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|(net|fs\.mqueue)(\.[A-Za-z0-9_-]+)+)$/

/**
 * Namespaces and settings shared with or provided by the host. Throws for those that conflict with the network or apply
 * to the whole machine.
 */
export function isolationSettings(spec: RunSpec, network: string): IsolationSettings {
  if (spec.uts === 'host' && spec.hostname !== undefined)
    throw badOption('Cannot set a hostname: conflicting options: hostname and the UTS mode')
  for (const [key, value] of Object.entries(spec.sysctls ?? {})) checkSysctl(key, value, { spec, network })
  const score = spec.oomScoreAdj ?? 0
  if (!Number.isInteger(score) || Math.abs(score) > 1000)
    throw badOption(`Cannot set OOM score ${score}: range for oom score adj is [-1000, 1000]`)
  return {
    ...present('groups', spec.groups?.length === 0 ? undefined : spec.groups),
    ...present('ipc', spec.ipc),
    ...present('pid', spec.pid),
    ...present('cgroupns', spec.cgroupns),
    ...present('uts', spec.uts),
    ...present('userns', spec.userns),
    ...present('sysctls', Object.keys(spec.sysctls ?? {}).length === 0 ? undefined : spec.sysctls),
    ...present('devices', spec.devices?.length === 0 ? undefined : spec.devices),
    ...present('cdiDevices', spec.cdiDevices?.length === 0 ? undefined : spec.cdiDevices),
    ...present('deviceRules', spec.deviceRules?.length === 0 ? undefined : spec.deviceRules?.map(checkDeviceRule)),
    ...present('oomScoreAdj', score === 0 ? undefined : score),
  }
}

function checkSysctl(
  key: string,
  value: string,
  { spec, network }: { readonly spec: RunSpec; readonly network: string },
): void {
  const refused = (found: string, hint?: string) =>
    badOption(`Cannot set sysctl "${key}=${value}": ${found}`, { ...(hint !== undefined && { hint }) })
  if (!SYSCTL.test(key)) {
    throw refused('it is not whitelisted', 'Use net.*, fs.mqueue.*, kernel.shm*, kernel.msg* or kernel.sem')
  }
  if (value === '') throw refused('it has no value', 'Add a value, as in net.ipv4.ip_forward=1')
  if (key.startsWith('net.') && network !== 'private' && network !== 'none')
    throw refused(`not allowed in ${network === 'host' ? 'host' : 'a shared'} network namespace`)
  if (key.startsWith('net.')) return
  if (spec.ipc === 'host') throw refused('not allowed in the host ipc namespace')
  if (joinedContainer(spec.ipc) !== undefined) throw refused('not allowed in a shared ipc namespace')
}
