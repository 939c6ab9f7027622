import type { Chain, LayerDraft, Layers } from '../../../../layer-store/index.ts'

/** Trees use disk space: those of finished stages are removed first. */
const MAX_KEPT = 4

export interface WorkingTree {
  readonly draft: LayerDraft
  /** The layers that the tree contains. */
  readonly chain: Chain
}

/**
 * For machines without overlay mounts: the complete trees in which steps of one build worked. A linear chain of steps
 * has one tree, which each step takes over from the previous one.
 */
export interface WorkingTrees {
  /** The tree with the longest prefix of the chain and nothing else; from then on it belongs to the caller. */
  take(chain: Chain): WorkingTree | undefined
  keep(tree: WorkingTree): Promise<void>
  close(): Promise<void>
}

export function createWorkingTrees(layers: Pick<Layers, 'abandon'>): WorkingTrees {
  const kept: WorkingTree[] = []
  return {
    take(chain) {
      const fitting = kept.filter((tree) => tree.chain.every((layer, position) => layer === chain[position]))
      const best = fitting.toSorted((one, other) => other.chain.length - one.chain.length)[0]
      if (best !== undefined) kept.splice(kept.indexOf(best), 1)
      return best
    },
    async keep(tree) {
      kept.push(tree)
      if (kept.length > MAX_KEPT) await abandon(kept.shift(), layers)
    },
    async close() {
      for (const tree of kept.splice(0)) await abandon(tree, layers)
    },
  }
}

async function abandon(tree: WorkingTree | undefined, layers: Pick<Layers, 'abandon'>): Promise<void> {
  if (tree !== undefined) await layers.abandon(tree.draft)
}
