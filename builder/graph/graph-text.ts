import type { BuildPlan } from './build-plan.ts'
import { describeOperation } from './describe-operation.ts'
import type { Node } from './operation.ts'

/** A numbered list: each node with its name, what it does, and the numbers of the nodes it stands on. */
export function graphAsText({ nodes, result }: BuildPlan): string {
  const numbers = new Map(nodes.map((node, index) => [node, index + 1]))
  const width = String(nodes.length).length + 1
  const blocks = nodes.map((node) => {
    const title = `${`#${numberOf(node, numbers)}`.padEnd(width)} ${node.name}`
    const details = describeOperation(node.operation, (input) => reference(node.inputs[input], numbers))
    const base = node.inputs.length > 0 ? ` on ${node.inputs.map((input) => reference(input, numbers)).join(', ')}` : ''
    const place = node.range ? `, line ${node.range.start.line}` : ''
    const summary = `${node.operation.kind}${base} (${shortDigest(node)}${place}${node.ignoreCache ? ', never cached' : ''})`
    return [title, ...[summary, ...details].map((line) => `${' '.repeat(width)}   ${line}`)].join('\n')
  })
  return `${[...blocks, `result: ${reference(result, numbers)}`].join('\n')}\n`
}

function reference(node: Node | undefined, numbers: ReadonlyMap<Node, number>): string {
  return `#${node ? numberOf(node, numbers) : '?'}`
}

function numberOf(node: Node, numbers: ReadonlyMap<Node, number>): number {
  const number = numbers.get(node)
  if (number === undefined) throw new Error(`node ${node.digest} is not in its plan`)
  return number
}

function shortDigest({ digest }: Node): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12)
}
