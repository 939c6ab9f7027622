/**
 * The patterns of a `.dockerignore`, in order, each cleaned; an exception keeps its `!` in front. They are relative to
 * the context's root, `/` between components. The last one that matches a path decides.
 *
 * SPEC: a comment has its `#` in the first column; a blank before it makes it a pattern. Blanks around a pattern go,
 * then `.`, `..` and repeated slashes are resolved and one leading slash goes.
 */
export function parseIgnoreFile(text: string): readonly string[] {
  const patterns: string[] = []
  for (const line of text.replace(/^\uFEFF/, '').split('\n')) {
    if (line.startsWith('#')) continue
    const trimmed = line.trim()
    if (trimmed === '') continue
    const isException = trimmed.startsWith('!')
    const pattern = isException ? trimmed.slice(1).trim() : trimmed
    patterns.push((isException ? '!' : '') + (pattern === '' ? '' : withoutRoot(cleanPath(pattern))))
  }
  return patterns
}

function withoutRoot(path: string): string {
  return path.length > 1 && path.startsWith('/') ? path.slice(1) : path
}

/** The shortest name of a path, as Go's `path.Clean` gives it. */
export function cleanPath(path: string): string {
  const isRooted = path.startsWith('/')
  const kept: string[] = []
  for (const component of path.split('/')) {
    if (component === '' || component === '.') continue
    if (component !== '..') kept.push(component)
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else if (!isRooted) kept.push('..')
  }
  const joined = kept.join('/')
  if (isRooted) return `/${joined}`
  return joined === '' ? '.' : joined
}
