import type { BuildPlan } from '../plan/graph/build-plan.ts'
import type { Node } from '../plan/graph/operation.ts'
import type { BuildRequest, Entitlement } from './builder.ts'
import { BuildError } from './errors.ts'

/**
 * SECURITY: a Dockerfile may be untrusted. Access to the host is granted to its steps only by the caller, with
 * `--allow`; `--network=host` for the whole build grants that network.
 */
export function checkEntitlements({ nodes }: BuildPlan, { allow = [], network }: BuildRequest): void {
  const granted = new Set<Entitlement>([...allow, ...(network === 'host' ? (['network.host'] as const) : [])])
  for (const node of nodes) {
    const missing = neededBy(node).find((one) => !granted.has(one))
    if (missing === undefined) continue
    throw new BuildError('BUILD_REFUSED', `Cannot run "${node.name}": it requires the entitlement "${missing}"`, {
      hint: `Add --allow ${missing} if you trust this Dockerfile`,
      ...(node.range && { range: node.range }),
    })
  }
}

function neededBy({ operation }: Node): readonly ('network.host' | 'security.insecure')[] {
  if (operation.kind !== 'exec') return []
  return [
    ...(operation.network === 'host' ? (['network.host'] as const) : []),
    ...(operation.security === 'insecure' ? (['security.insecure'] as const) : []),
  ]
}
