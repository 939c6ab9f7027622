/**
 * Strongly connected components: nodes in one cycle get the same number. Kosaraju's algorithm, without recursion and in
 * linear time, since a file may have any number of stages.
 */
export function cyclesOf(edges: readonly (readonly number[])[]): readonly number[] {
  const reversed: number[][] = edges.map(() => [])
  for (const [from, targets] of edges.entries()) for (const to of targets) reversed[to]?.push(from)
  const cycle: number[] = []
  for (const root of finishingOrder(edges).reverse()) {
    const open = cycle[root] === undefined ? [root] : []
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (cycle[node] !== undefined) continue
      cycle[node] = root
      open.push(...(reversed[node] ?? []))
    }
  }
  return cycle
}

/** Post-order: every node after all that it leads to, apart from cycles. */
function finishingOrder(edges: readonly (readonly number[])[]): number[] {
  const finished: number[] = []
  const seen = new Set<number>()
  for (const root of edges.keys()) {
    const open: { readonly node: number; readonly leaves: boolean }[] = [{ node: root, leaves: false }]
    for (let step = open.pop(); step !== undefined; step = open.pop()) {
      if (step.leaves) finished.push(step.node)
      if (step.leaves || seen.has(step.node)) continue
      seen.add(step.node)
      open.push({ node: step.node, leaves: true })
      for (const node of edges[step.node] ?? []) open.push({ node, leaves: false })
    }
  }
  return finished
}
