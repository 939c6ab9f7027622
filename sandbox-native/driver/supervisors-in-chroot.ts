import type { Binary } from './call-binary.ts'
import { SandboxError } from './errors.ts'
import { createNativeSupervisors } from './native-supervisors.ts'
import type { Supervisors } from './sandbox.ts'

/** Containers are isolated from the host: where there are no namespaces, none is started. */
export function supervisorsInChroot(binary: Binary): Supervisors {
  const message =
    'Cannot run a container: the surrounding container allows no namespaces with mounts (only builds work here)'
  const refusal = new SandboxError('SANDBOX_USER_NAMESPACE', message, {
    hint: 'See docs/rootless.md for what the surrounding container must allow',
  })
  const refuse = () => Promise.reject(refusal)
  return { ...createNativeSupervisors(binary), refusal, start: refuse, exec: refuse, execDetached: refuse }
}
