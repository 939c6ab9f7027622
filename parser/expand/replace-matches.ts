import type { ExpandLimits } from './expand-limits.ts'
import { type Glob, matchLengths } from './glob.ts'

/** Replaces the first match, or all non-overlapping ones; each match is the leftmost longest. */
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
    // SPEC: an empty match directly after another match is ignored.
    if (length === undefined || (length === 0 && at === lastEnd)) {
      parts.push(characters[at] ?? '')
      at += 1
      continue
    }
    by.limits.addCharacters(by.replacement.length)
    const match = characters.slice(at, at + length).join('')
    parts.push(by.all ? withMatch(match, by) : by.replacement)
    if (!by.all) return parts.join('') + characters.slice(at + length).join('')
    lastEnd = at + length
    if (length === 0) {
      parts.push(characters[at] ?? '')
      at += 1
    } else at = lastEnd
  }
  return parts.join('')
}

/**
 * SPEC: BuildKit replaces all matches with Go's Regexp.ReplaceAllString, in which `$0` and `${0}` are the match, `$$`
 * is a dollar sign, and any other name is a group that does not exist. The replacement of the first match alone is
 * literal.
 */
function withMatch(match: string, by: { replacement: string; limits: ExpandLimits }): string {
  return by.replacement.replace(
    /\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu,
    (found, bare?: string, braced?: string) => {
      if (found === '$$') return '$'
      if ((bare ?? braced) !== '0') return ''
      by.limits.addCharacters(match.length)
      return match
    },
  )
}
