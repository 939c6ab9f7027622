import type { ExpandLimits } from './expand-limits.ts'
import { type Glob, matchLengths } from './glob.ts'

/** Replaces the first match, or all that don't overlap; each match is the longest at the leftmost place. */
export function replaceMatches(
  value: string,
  glob: Glob,
  by: { replacement: string; all: boolean; limits: ExpandLimits },
): string {
  const characters = [...value]
  const parts: string[] = []
  let at = 0
  let lastEnd = -1
  while (at <= characters.length) {
    const length = matchLengths(glob, characters, { from: at, limits: by.limits }).at(-1)
    // SPEC: an empty match directly behind a match counts for nothing.
    if (length === undefined || (length === 0 && at === lastEnd)) {
      parts.push(characters[at] ?? '')
      at += 1
      continue
    }
    by.limits.addCharacters(by.replacement.length)
    parts.push(by.replacement)
    if (!by.all) return parts.join('') + characters.slice(at + length).join('')
    lastEnd = at + length
    if (length === 0) {
      parts.push(characters[at] ?? '')
      at += 1
    } else at = lastEnd
  }
  return parts.join('')
}
