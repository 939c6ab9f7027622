import type { ContainerEdits } from '../../../../cdi/index.ts'
import { type Mount, type RunRequest, SandboxError } from '../../../../sandbox-native/driver/index.ts'
import type { ExecOperation } from '../../../plan/graph/operation.ts'
import type { StepContext } from '../step-context.ts'

interface StepDevices extends Pick<ContainerEdits, 'env'> {
  readonly mounts: readonly Mount[]
  readonly groups: readonly string[]
  readonly devices: NonNullable<RunRequest['devices']>
}

/** What `RUN --device` adds to the command. */
export function openDevices(
  { devices: requested }: ExecOperation,
  { native, options, report }: Pick<StepContext, 'native' | 'options' | 'report'>,
): StepDevices {
  if (requested === undefined) return { env: [], mounts: [], groups: [], devices: [] }
  const { edits, missing, warnings } = options.devices(requested)
  for (const warning of warnings) report.warn(warning)
  for (const name of missing) report.warn(`This machine has no device "${name}": the step runs without it`)
  if (missing.length < requested.length && native.isolation === 'chroot') throw needsNamespaces()
  const { env, devices, groups } = edits
  const mounts = edits.mounts.map((mount) => ({ kind: 'bind' as const, hostOwners: true, ...mount }))
  return { env, devices, mounts, groups: groups.map(String) }
}

function needsNamespaces(): SandboxError {
  const message =
    'Cannot grant devices to the step: it runs in a plain chroot, because this container allows no namespaces with mounts'
  return new SandboxError('SANDBOX_MOUNT', message, { hint: 'See docs/rootless.md for what the container needs' })
}
