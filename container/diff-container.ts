import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import type { PathChange } from './container.ts'

/**
 * What the upper directory changes in the trees below it (top first): A added, C changed, D deleted. Mount points are
 * left out: what is mounted is none of the container's files.
 */
export function diffTrees(upper: string, lowers: readonly string[], mountPoints: ReadonlySet<string>): PathChange[] {
  const changes: PathChange[] = []
  const walk = (directory: string) => {
    for (const name of readdirSync(join(upper, directory)).sort()) {
      const path = `${directory}/${name}`
      if (mountPoints.has(path)) continue
      const found = lstatSync(join(upper, path))
      changes.push({ kind: isWhiteout(found) ? 'D' : isBelow(lowers, path) ? 'C' : 'A', path })
      if (found.isDirectory()) walk(path)
    }
  }
  walk('')
  return changes
}

/** SPEC: overlayfs.rst, whiteouts are character devices 0:0. */
function isWhiteout(found: Stats): boolean {
  return found.isCharacterDevice() && found.rdev === 0
}

/** SECURITY: components are looked at one by one, so that no link in a layer leads out of it. */
function isBelow(lowers: readonly string[], path: string): boolean {
  const parts = path.split('/').slice(1)
  for (const lower of lowers) {
    let at = lower
    let found: Stats | undefined
    for (const [index, part] of parts.entries()) {
      at = join(at, part)
      found = lstatSync(at, { throwIfNoEntry: false })
      if (found === undefined) break
      if (isWhiteout(found)) return false
      if (index < parts.length - 1 && !found.isDirectory()) return false
    }
    if (found !== undefined) return true
  }
  return false
}
