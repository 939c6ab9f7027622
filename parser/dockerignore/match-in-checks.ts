/**
 * Whether a path or one of its parent directories matches a pattern. The caller handles exceptions. A pattern is
 * compiled once, and tried only if the path contains its longest literal text.
 *
 * SPEC: moby/patternmatcher: patterns are anchored at the root; `*` and `?` match within a component, `**` across
 * components, and a directory that matches includes everything in it. For build checks only, which neither start a
 * process nor read the context; builds match in sandbox-native/crates/trees/src/matching/.
 */
export function createIgnoreMatcher(patterns: readonly string[]): (path: string) => boolean {
  const rules = patterns.map((pattern) => ({ text: plainText(pattern), pattern }))
  const compiled = new Map<string, readonly Item[] | undefined>()
  return (path) => {
    const components = path.split('/')
    const paths = components.map((_, index) => components.slice(0, index + 1).join('/'))
    return rules.some(({ text, pattern }) => {
      if (!path.includes(text)) return false
      if (!compiled.has(pattern)) compiled.set(pattern, compile(pattern))
      const items = compiled.get(pattern)
      return items !== undefined && paths.some((each) => matches(items, each))
    })
  }
}

/** Text contained in every path that the pattern matches. */
function plainText(pattern: string): string {
  const [beforeClasses = ''] = pattern.split(/[[\\]/, 1)
  return beforeClasses.split(/[*?/]+/).reduce((longest, text) => (text.length > longest.length ? text : longest), '')
}

type Item =
  | { readonly kind: 'one'; readonly accepts: (character: string) => boolean }
  /** `*`. */
  | { readonly kind: 'run' }
  /** `**` at the end, or before a suffix. */
  | { readonly kind: 'rest' }
  /** `**` and the following slash, before and after it has matched anything. */
  | { readonly kind: 'folders' }
  | { readonly kind: 'in-folders' }

/** Whether a pattern is malformed: has an unterminated class or escape. */
export function isMalformed(pattern: string): boolean {
  return compile(pattern) === undefined
}

/** SPEC: `**.log` is compared as text: any path with this ending. */
const SUFFIX = /^\*\*[^*?[\]\\/][^*?[\]\\]*$/

function compile(pattern: string): readonly Item[] | undefined {
  const characters = [...pattern]
  const items: Item[] = []
  let at = 0
  while (at < characters.length) {
    const character = characters[at] ?? ''
    at += 1
    if (character === '*' && characters[at] === '*') {
      at += 1
      if (SUFFIX.test(pattern)) {
        items.push({ kind: 'rest' })
        continue
      }
      if (characters[at] === '/') at += 1
      if (at >= characters.length) items.push({ kind: 'rest' })
      else items.push({ kind: 'folders' }, { kind: 'in-folders' })
    } else if (character === '*') items.push({ kind: 'run' })
    else if (character === '?') items.push({ kind: 'one', accepts: (other) => other !== '/' })
    else if (character === '[') {
      const found = readClass(characters, at)
      if (found === undefined) return undefined
      items.push({ kind: 'one', accepts: found.accepts })
      at = found.end
    } else {
      const literal = character === '\\' ? characters[at] : character
      if (literal === undefined) return undefined
      if (character === '\\') at += 1
      items.push({ kind: 'one', accepts: (other) => other === literal })
    }
  }
  return items
}

interface CharacterClass {
  readonly accepts: (character: string) => boolean
  /** Position after the closing bracket. */
  readonly end: number
}

/**
 * SPEC: Go's filepath.Match: `[a-z]`, `[^a-z]`; at least one range, none of which may start with an unescaped `-` or
 * `]`.
 */
function readClass(characters: readonly string[], start: number): CharacterClass | undefined {
  const isNegated = characters[start] === '^'
  const ranges: (readonly [string, string])[] = []
  let at = isNegated ? start + 1 : start
  while (characters[at] !== ']' || ranges.length === 0) {
    const low = readMember(characters, at)
    if (low === undefined) return undefined
    const high = characters[low.end] === '-' ? readMember(characters, low.end + 1) : low
    if (high === undefined) return undefined
    ranges.push([low.character, high.character])
    at = high.end
  }
  const isMember = (character: string) => ranges.some(([low, high]) => character >= low && character <= high)
  return { accepts: (character) => character !== '/' && isMember(character) !== isNegated, end: at + 1 }
}

function readMember(characters: readonly string[], at: number): { character: string; end: number } | undefined {
  const first = characters[at]
  if (first === undefined || first === '-' || first === ']') return undefined
  if (first !== '\\') return { character: first, end: at + 1 }
  const escaped = characters[at + 1]
  return escaped === undefined ? undefined : { character: escaped, end: at + 2 }
}

/** Tracks all states at once, so that no pattern causes backtracking. */
function matches(items: readonly Item[], path: string): boolean {
  let states = withEmptyMatches(items, new Set([0]))
  for (const character of path) states = withEmptyMatches(items, step(items, states, character))
  return states.has(items.length)
}

function step(items: readonly Item[], states: ReadonlySet<number>, character: string): Set<number> {
  const next = new Set<number>()
  for (const state of states) {
    const item = items[state]
    if (item === undefined) continue
    if (item.kind === 'one' && item.accepts(character)) next.add(state + 1)
    if (item.kind === 'rest' || item.kind === 'in-folders') next.add(state)
    if (item.kind === 'run' && character !== '/') next.add(state)
    if (item.kind === 'in-folders' && character === '/') next.add(state + 1)
  }
  return next
}

function withEmptyMatches(items: readonly Item[], states: Set<number>): Set<number> {
  for (const state of states) {
    const kind = items[state]?.kind
    if (kind === 'run' || kind === 'rest') states.add(state + 1)
    if (kind === 'folders') states.add(state + 1).add(state + 2)
  }
  return states
}
