import { lstatSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Whether an image may have content at a path, according to its layers' trees. With links on the way or unreadable
 * directories this is undecided: the sandbox, which follows links, has to check.
 */
export function mayHaveContent(trees: readonly string[], target: string): boolean {
  const steps = target.split('/').filter((step) => step !== '')
  return trees.some((tree) => mayBeIn(tree, steps))
}

function mayBeIn(tree: string, steps: readonly string[]): boolean {
  let path = tree
  for (const step of steps) {
    path = join(path, step)
    try {
      const found = lstatSync(path, { throwIfNoEntry: false })
      if (found === undefined) return false
      if (!found.isDirectory()) return true
    } catch {
      return true // not readable: the sandbox has to check
    }
  }
  return true
}
