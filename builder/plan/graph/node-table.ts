import type { SourceRange } from '../../../parser/index.ts'
import { nodeDigest } from './digest.ts'
import type { Node, Operation } from './operation.ts'

export interface NodeRequest {
  readonly operation: Operation
  readonly inputs: readonly Node[]
  readonly name: string
  readonly range?: SourceRange
  readonly ignoreCache?: boolean
  readonly argumentNames?: readonly string[]
}

/** The nodes of a plan without duplicates, in creation order: inputs come before users. */
export interface NodeTable {
  /** Returns the node of this operation over these inputs; if an equal one exists, that one, with its first name. */
  add(request: NodeRequest): Node
  /** The nodes that the given one depends on, including itself. */
  neededBy(result: Node): readonly Node[]
}

export function createNodeTable(): NodeTable {
  const nodes = new Map<string, { -readonly [Key in keyof Node]: Node[Key] }>()
  return { add, neededBy }

  function add(request: NodeRequest): Node {
    const { operation, inputs, name, range, ignoreCache = false, argumentNames } = request
    const inputDigests = inputs.map((input) => input.digest)
    const digest = nodeDigest(operation, inputDigests)
    const known = nodes.get(digest)
    if (known) {
      known.ignoreCache ||= ignoreCache
      return known
    }
    const more = { ...(range && { range }), ...(argumentNames && { argumentNames }) }
    const node = { digest, operation, inputs, name, ignoreCache, ...more }
    nodes.set(digest, node)
    return node
  }

  function neededBy(result: Node): readonly Node[] {
    const needed = new Set<Node>([result])
    for (const node of needed) for (const input of node.inputs) needed.add(input)
    return [...nodes.values()].filter((node) => needed.has(node))
  }
}
