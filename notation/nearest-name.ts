/** SPEC: BuildKit suggests names within this many edits. */
const MAX_DISTANCE = 2
/** In shorter words, only one edit is allowed, since they are similar to many others. */
const SHORT_LENGTH = 4

/**
 * The known name that was probably meant: the nearest one within two edits, ignoring case; undefined if there is none.
 */
export function suggest(wrong: string, known: readonly string[]): string | undefined {
  if (known.includes(wrong)) return undefined
  const target = wrong.toLowerCase()
  let best: string | undefined
  let bestDistance = MAX_DISTANCE + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - target.length) > MAX_DISTANCE) continue
    const distance = editDistance(target, candidate.toLowerCase())
    const allowed = Math.max(target.length, candidate.length) <= SHORT_LENGTH ? 1 : MAX_DISTANCE
    if (distance <= allowed && distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** For hints: `Did you mean "RUN"?`. */
export function didYouMean(wrong: string, known: readonly string[]): string | undefined {
  const found = suggest(wrong, known)
  return found === undefined ? undefined : `Did you mean "${found}"?`
}

/** Levenshtein distance, counting a swap of neighbors as one edit. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1)
      row.push(cost)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}
