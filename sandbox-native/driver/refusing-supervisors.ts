import type { Binary } from './call-binary.ts'
import { SandboxError } from './errors.ts'
import { createNativeSupervisors } from './native-supervisors.ts'
import type { Isolation, Supervisors } from './sandbox.ts'

/** Containers are isolated from the host, each in an overlay: where either is impossible, none is started. */
export function refusingSupervisors(binary: Binary, isolation: Exclude<Isolation, 'namespaces'>): Supervisors {
  const refusal = isolation === 'copied-tree' ? withoutOverlays() : withoutNamespaces()
  const refuse = () => Promise.reject(refusal)
  return { ...createNativeSupervisors(binary), refusal, start: refuse, exec: refuse, execDetached: refuse }
}

function withoutOverlays(): SandboxError {
  const message =
    'Cannot run a container: no overlay can be mounted on the file system of the store (only builds work here)'
  return new SandboxError('SANDBOX_MOUNT', message, {
    hint: 'Put the store on a volume or a tmpfs, for example -v tsbuild:/var/lib/tsbuild, or any other place and --root',
  })
}

function withoutNamespaces(): SandboxError {
  const message =
    'Cannot run a container: the surrounding container allows no namespaces with mounts (only builds work here)'
  return new SandboxError('SANDBOX_USER_NAMESPACE', message, {
    hint: 'See docs/rootless.md for what the surrounding container has to allow',
  })
}
