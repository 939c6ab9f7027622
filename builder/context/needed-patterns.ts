import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileSource } from '../../sandbox-native/driver/index.ts'

/** With fewer patterns, filtering costs more than sending them all. */
const FEW = 200

/**
 * Keeps only the ignore patterns that may match the given paths. A pattern with a different first component matches
 * neither the paths nor anything below them; many COPYs with a long ignore file would each send and compile all of it.
 */
export async function withNeededPatterns(source: FileSource, paths: readonly string[]): Promise<FileSource> {
  if (source.kind !== 'directory' || source.ignore.length <= FEW) return source
  const tops = await Promise.all(paths.map((path) => plainTop(source.root, path)))
  const { byTop, always } = groupsOf(source.ignore)
  const needed = [...always]
  for (const top of new Set(tops)) {
    if (top === undefined) return source
    needed.push(...(byTop.get(top) ?? []))
  }
  const ignore = needed.sort((a, b) => a - b).flatMap((at) => source.ignore[at] ?? [])
  return { ...source, ignore }
}

/** First component of a path; undefined if wildcards, `..` or links may lead elsewhere. */
async function plainTop(root: string, path: string): Promise<string | undefined> {
  const names = path.split('/').filter((name) => name !== '' && name !== '.')
  if (names.length === 0 || names.some((name) => name === '..' || /[*?[\\]/.test(name))) return undefined
  for (const [index] of names.entries()) {
    const found = await lstat(join(root, ...names.slice(0, index + 1))).catch(() => undefined)
    if (found === undefined || found.isSymbolicLink()) return undefined
  }
  return names[0]
}

interface Groups {
  /** Positions of patterns by their first component. */
  readonly byTop: ReadonlyMap<string, readonly number[]>
  /** Positions of patterns that may match in any directory. */
  readonly always: readonly number[]
}

const known = new WeakMap<readonly string[], Groups>()

function groupsOf(patterns: readonly string[]): Groups {
  const before = known.get(patterns)
  if (before !== undefined) return before
  const byTop = new Map<string, number[]>()
  const always: number[] = []
  for (const [at, pattern] of patterns.entries()) {
    const [top = ''] = pattern.replace(/^!/, '').split('/', 1)
    if (/^$|^\.|[*?[\\]/.test(top)) always.push(at)
    else if (!byTop.get(top)?.push(at)) byTop.set(top, [at])
  }
  const groups = { byTop, always }
  known.set(patterns, groups)
  return groups
}
