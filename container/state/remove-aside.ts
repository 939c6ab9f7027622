import type { ContainerContext } from '../contract/context.ts'

/**
 * Moves each item aside by a rename, then removes all with one native process, whatever their files' owners. Returns
 * the items removed, without those that another process removed concurrently (`moveAside` returns undefined). After a
 * failed rename, those renamed before are removed all the same.
 */
export async function removeAside<Item>(
  { native }: ContainerContext,
  items: readonly Item[],
  moveAside: (item: Item) => string | undefined,
): Promise<readonly Item[]> {
  const removed: Item[] = []
  const paths: string[] = []
  try {
    for (const item of items) {
      const aside = moveAside(item)
      if (aside === undefined) continue
      paths.push(aside)
      removed.push(item)
    }
  } finally {
    if (paths.length > 0) await native.trees.remove({ paths })
  }
  return removed
}
