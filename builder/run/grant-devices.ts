import type { CdiDevice, ContainerEdits } from '../../cdi/index.ts'
import type { BuildPlan } from '../plan/graph/build-plan.ts'
import type { DeviceRequest, Node } from '../plan/graph/operation.ts'
import type { BuildRequest } from '../request/builder.ts'
import { BuildError } from '../request/errors.ts'
import { type ChosenDevices, chooseDevices } from './choose-devices.ts'

/** Container edits for a step's devices, optional devices that this machine lacks, and unusable specifications. */
export type GrantedDevices = (requested: readonly DeviceRequest[]) => {
  readonly edits: ContainerEdits
  readonly missing: readonly string[]
  readonly warnings: readonly string[]
}

/**
 * SECURITY: a step gets devices of the host only if the caller allows them (`--allow device`) or their specification
 * does. All steps are checked before the first one runs.
 */
export async function grantDevices(
  plans: readonly BuildPlan[],
  { allow = [] }: Pick<BuildRequest, 'allow'>,
): Promise<GrantedDevices> {
  const nodes = plans.flatMap((plan) => plan.nodes).filter((node) => devicesOf(node).length > 0)
  const [first] = nodes
  if (first === undefined)
    return () => ({ edits: { env: [], devices: [], mounts: [], groups: [] }, missing: [], warnings: [] })
  const cdi = await import('../../cdi/index.ts')
  const known = await reported(first, cdi.readCdiDevices)
  for (const node of nodes) await reported(node, () => checkNode(node))
  return (requested) => {
    const { devices, missing } = chooseDevices(requested, known.devices, allow)
    const warnings = known.unusable.map(({ message }) => message)
    return { edits: cdi.editsOf(devices), missing: missing.map(({ name }) => name), warnings }
  }

  function checkNode(node: Node): void {
    const chosen = chooseDevices(devicesOf(node), known.devices, allow)
    const required = chosen.missing.find((request) => request.required)
    if (required !== undefined) throw cdi.unknownDevice(required.name, known)
    refuseForbidden(node, chosen)
    cdi.editsOf(chosen.devices)
  }

  async function reported<T>({ range }: Node, read: () => T | Promise<T>): Promise<T> {
    try {
      return await read()
    } catch (cause) {
      if (!(cause instanceof cdi.CdiError)) throw cause
      throw new BuildError('BUILD_NOT_SUPPORTED', cause.message, { hint: cause.hint, range, cause })
    }
  }
}

function devicesOf({ operation }: Node): readonly DeviceRequest[] {
  return (operation.kind === 'exec' && operation.devices) || []
}

function refuseForbidden({ name, range }: Node, { forbidden }: ChosenDevices): void {
  if (forbidden.length === 0) return
  const names = forbidden.map((device: CdiDevice) => device.name)
  const message = `Cannot run "${name}": it requires the entitlement "device" for ${names.join(', ')}`
  const hint = `Add ${names.map((device) => `--allow device=${device}`).join(' ')} if you trust this Dockerfile`
  throw new BuildError('BUILD_REFUSED', message, { hint, range })
}
