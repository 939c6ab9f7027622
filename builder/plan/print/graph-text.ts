import { describeOperation } from '../graph/describe-operation.ts'
import { nodesOf } from '../graph/nodes-of.ts'
import type { Node } from '../graph/operation.ts'
import type { PrintedPlan } from './printed-plan.ts'

/** A numbered list of nodes with their names, operations and inputs' numbers. */
export function graphAsText(plans: readonly PrintedPlan[]): string {
  const nodes = nodesOf(plans.map(({ plan }) => plan))
  const numbers = new Map(nodes.map(({ digest }, index) => [digest, index + 1]))
  const width = String(nodes.length).length + 1
  const blocks = nodes.map((node) => {
    const title = `${`#${numberOf(node, numbers)}`.padEnd(width)} ${node.name}`
    const details = describeOperation(node.operation, (input) => reference(node.inputs[input], numbers))
    const base = node.inputs.length > 0 ? ` on ${node.inputs.map((input) => reference(input, numbers)).join(', ')}` : ''
    const line = node.range ? `, line ${node.range.start.line}` : ''
    const summary = `${node.operation.kind}${base} (${shortDigest(node)}${line}${node.ignoreCache ? ', never cached' : ''})`
    return [title, ...[summary, ...details].map((line) => `${' '.repeat(width)}   ${line}`)].join('\n')
  })
  const results = plans.map(({ platform, plan }) => {
    const title = plans.length > 1 ? `result for ${platform}` : 'result'
    return `${title}: ${reference(plan.result, numbers)}`
  })
  return `${[...blocks, ...results].join('\n')}\n`
}

function reference(node: Node | undefined, numbers: ReadonlyMap<string, number>): string {
  return `#${node ? numberOf(node, numbers) : '?'}`
}

function numberOf(node: Node, numbers: ReadonlyMap<string, number>): number {
  const number = numbers.get(node.digest)
  if (number === undefined) throw new Error(`node ${node.digest} is not in its plan`)
  return number
}

function shortDigest({ digest }: Node): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12)
}
