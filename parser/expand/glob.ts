import type { ExpandLimits } from './expand-limits.ts'

/**
 * A shell pattern in BuildKit's syntax: `*`, `?` and literal characters; no brackets. Wildcards do not match newlines.
 */
export type Glob = readonly GlobItem[]

type GlobItem =
  | { readonly kind: 'any-run' }
  | { readonly kind: 'any-one' }
  | { readonly kind: 'one'; readonly text: string }

/**
 * Undefined if an escape precedes a character that cannot be escaped.
 *
 * SPEC: a backslash escapes `*`, `?` and itself; before `/` and `}` (which would end a pattern) it is dropped.
 */
export function parseGlob(pattern: string): Glob | undefined {
  const characters = [...pattern]
  const items: GlobItem[] = []
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] ?? ''
    if (character === '*') items.push({ kind: 'any-run' })
    else if (character === '?') items.push({ kind: 'any-one' })
    else if (character === '\\') {
      index += 1
      const next = characters[index]
      if (next === undefined || !'*?\\/}'.includes(next)) return undefined
      items.push({ kind: 'one', text: next })
    } else items.push({ kind: 'one', text: character })
  }
  return items
}

/** The lengths, shortest first, of the matches starting at `from`; tracks all states at once and never backtracks. */
export function matchLengths(
  glob: Glob,
  characters: readonly string[],
  { from, limits }: { from: number; limits: ExpandLimits },
): number[] {
  const lengths: number[] = []
  let states = closure(glob, new Set([0]))
  for (let at = from; ; at += 1) {
    if (states.has(glob.length)) lengths.push(at - from)
    const character = characters[at]
    if (character === undefined || states.size === 0) return lengths
    limits.addSteps(states.size)
    states = closure(glob, step(glob, states, character))
  }
}

function step(glob: Glob, states: ReadonlySet<number>, character: string): Set<number> {
  const next = new Set<number>()
  for (const state of states) {
    const item = glob[state]
    if (item === undefined) continue
    if (item.kind === 'any-run' && character !== '\n') next.add(state)
    if (item.kind === 'any-one' && character !== '\n') next.add(state + 1)
    if (item.kind === 'one' && item.text === character) next.add(state + 1)
  }
  return next
}

/** A `*` may match nothing. */
function closure(glob: Glob, states: Set<number>): Set<number> {
  for (const state of states) if (glob[state]?.kind === 'any-run') states.add(state + 1)
  return states
}

/**
 * SPEC: BuildKit shell/lex.go reversePattern: an escape stays before the character it escapes; a trailing one escapes
 * nothing.
 */
export function reversePattern(pattern: string): string {
  return (pattern.match(/\\[\s\S]|[\s\S]/gu) ?? []).reverse().join('')
}
