import type { BuildPlan } from '../graph/build-plan.ts'
import { nodesOf } from '../graph/nodes-of.ts'
import type { Node } from '../graph/operation.ts'
import type { PrintedPlan } from './printed-plan.ts'

/**
 * The graph as data. Digests name nodes; the fields of an operation are those of `operation.ts`, which names the LLB
 * equivalent of each kind. Inputs come before users. `result` and `image` are those of the platform; for several
 * platforms they are in `platforms`, by name.
 */
export function graphAsJson(plans: readonly PrintedPlan[]): string {
  const nodes = nodesOf(plans.map(({ plan }) => plan)).map(printedNode)
  const [only] = plans
  const results = Object.fromEntries(plans.map(({ platform, plan }) => [platform, resultOf(plan)]))
  const isSingle = only !== undefined && plans.length === 1
  const printed = isSingle ? withNodes(resultOf(only.plan), nodes) : { nodes, platforms: results }
  return `${JSON.stringify(printed, undefined, 2)}\n`
}

function withNodes({ result, image }: ReturnType<typeof resultOf>, nodes: readonly object[]): object {
  return { result, nodes, image }
}

function printedNode({ digest, name, operation, inputs, range, ignoreCache }: Node) {
  return {
    digest,
    name,
    operation,
    inputs: inputs.map((input) => input.digest),
    ...(range && { range }),
    ignoreCache,
  }
}

function resultOf({ result, image }: BuildPlan) {
  const history = image.history.map(({ node, ...entry }) => ({ ...entry, ...(node && { node: node.digest }) }))
  return { result: result.digest, image: { ...image, history } }
}
