import type { BuildPlan } from './build-plan.ts'

/**
 * The graph as data. Digests name nodes; the fields of an operation are those of `operation.ts`, which says beside each
 * kind where it stands in LLB. Inputs stand before users.
 */
export function graphAsJson({ nodes, result, image }: BuildPlan): string {
  const printed = {
    result: result.digest,
    nodes: nodes.map(({ digest, name, operation, inputs, range, ignoreCache }) => ({
      digest,
      name,
      operation,
      inputs: inputs.map((input) => input.digest),
      ...(range && { range }),
      ignoreCache,
    })),
    image: {
      ...image,
      history: image.history.map(({ node, ...entry }) => ({ ...entry, ...(node && { node: node.digest }) })),
    },
  }
  return `${JSON.stringify(printed, undefined, 2)}\n`
}
