/** `*` within a part of the path, `**` over parts, `?` one character. A leading `!` excludes; the last match counts. */
export function matchesPatterns(patterns: readonly string[], text: string): boolean {
  let matches = false
  for (const pattern of patterns) {
    const isExcluding = pattern.startsWith('!')
    if (globToRegExp(isExcluding ? pattern.slice(1) : pattern).test(text)) matches = !isExcluding
  }
  return matches
}

function globToRegExp(glob: string): RegExp {
  const source = glob.replace(/\*\*\/?|[*?]|[.+^${}()|[\]\\]/g, (token) => {
    if (token === '**/') return '(?:.*/)?'
    if (token === '**') return '.*'
    if (token === '*') return '[^/]*'
    return token === '?' ? '[^/]' : `\\${token}`
  })
  return new RegExp(`^${source}$`)
}
