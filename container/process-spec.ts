import type { ProcessSpec } from '../sandbox-native/driver/index.ts'
import type { StoredContainer } from './stored-container.ts'

/** A process of the container: its first one, or a further one under the same limits. */
export function processSpec(
  stored: StoredContainer,
  own: { readonly argv: readonly string[]; readonly env: readonly string[] } & Partial<
    Pick<ProcessSpec, 'cwd' | 'user' | 'terminal'>
  >,
): ProcessSpec {
  return {
    argv: own.argv,
    env: own.env,
    cwd: own.cwd ?? stored.workingDir,
    user: own.user ?? stored.user,
    terminal: own.terminal ?? false,
    addCapabilities: stored.addCapabilities,
    dropCapabilities: stored.dropCapabilities,
    noNewPrivileges: stored.securityOptions.some((option) => /^no-new-privileges([:=]true)?$/.test(option)),
    rlimits: stored.rlimits,
  }
}
