/**
 * `*` matches within a path component, `**` across components, `?` one character. A leading `!` excludes; the last
 * match decides.
 */
export function patternMatcher(patterns: readonly string[]): (text: string) => boolean {
  const all = patterns.map((pattern) => {
    const isExcluding = pattern.startsWith('!')
    return { isExcluding, tokens: tokensOf(isExcluding ? pattern.slice(1) : pattern) }
  })
  return (text) => {
    const last = all.findLast(({ tokens }) => matches(tokens, text))
    return last !== undefined && !last.isExcluding
  }
}

export function matchesPatterns(patterns: readonly string[], text: string): boolean {
  return patternMatcher(patterns)(text)
}

function tokensOf(glob: string): readonly string[] {
  return glob.match(/\*\*\/?|./gs) ?? []
}

/**
 * Tries all alternatives in parallel. SECURITY: the author of a push chooses the text; a regular expression with
 * several `**` takes time in the order of their product. → test/attack/server/webhook-contents.test.ts
 */
function matches(tokens: readonly string[], text: string): boolean {
  let states = new Set<number>()
  enter(tokens, 0, states)
  for (let at = 0; at < text.length && states.size > 0; at += 1) {
    const char = text[at] ?? ''
    const next = new Set<number>()
    for (const state of states) {
      const token = tokens[state]
      if (token === '**' || (token === '*' && char !== '/')) enter(tokens, state, next)
      else if (token === '**/') {
        next.add(state)
        if (char === '/') enter(tokens, state + 1, next)
      } else if (token === char || (token === '?' && char !== '/')) enter(tokens, state + 1, next)
    }
    states = next
  }
  return states.has(tokens.length)
}

/** Includes states after tokens that may match an empty text. */
function enter(tokens: readonly string[], state: number, states: Set<number>): void {
  states.add(state)
  if (/^\*/.test(tokens[state] ?? '') && !states.has(state + 1)) enter(tokens, state + 1, states)
}
