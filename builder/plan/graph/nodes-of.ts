import type { BuildPlan } from './build-plan.ts'
import type { Node } from './operation.ts'

/** The nodes of several plans, inputs before users, without duplicates; the first one planned determines the name. */
export function nodesOf(plans: readonly BuildPlan[]): readonly Node[] {
  const nodes = new Map<string, Node>()
  for (const plan of plans) for (const node of plan.nodes) if (!nodes.has(node.digest)) nodes.set(node.digest, node)
  return [...nodes.values()]
}
