import { lstatSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Whether an image may have something at a place, by its layers' trees. Links on the way, and what can't be read, leave
 * that open: then the sandbox, which follows them, has to look.
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
      return true // not readable: the sandbox has to look
    }
  }
  return true
}
