import type { ProcessSpec } from '../../sandbox-native/driver/index.ts'
import type { StoredContainer } from '../state/stored-container.ts'
import { isTied } from './bind-propagation.ts'
import { hasNoNewPrivileges, isUnfiltered, seccompProfileOf } from './security-options.ts'

/** A process of the container: its first one, or another one with the same settings. */
export function processSpec(
  stored: StoredContainer,
  own: { readonly argv: readonly string[]; readonly env: readonly string[] } & Partial<
    Pick<ProcessSpec, 'cwd' | 'user' | 'terminal'>
  >,
): ProcessSpec {
  const seccompProfile = seccompProfileOf(stored.securityOptions)
  return {
    argv: own.argv,
    env: own.env,
    cwd: own.cwd ?? stored.workingDir,
    user: own.user ?? stored.user,
    terminal: own.terminal ?? false,
    addCapabilities: stored.addCapabilities,
    dropCapabilities: stored.dropCapabilities,
    seesHostMounts: stored.mounts.some(isTied),
    noNewPrivileges: hasNoNewPrivileges(stored.securityOptions),
    rlimits: stored.rlimits,
    ...(stored.groups !== undefined && { groups: stored.groups }),
    ...(stored.oomScoreAdj !== undefined && { oomScoreAdj: stored.oomScoreAdj }),
    ...(isUnfiltered(stored.securityOptions) ? { unfiltered: true } : {}),
    ...(seccompProfile !== undefined && { seccompProfile }),
  }
}
