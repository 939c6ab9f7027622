import { type Diagnostic, problem } from '../diagnostics.ts'
import { isMalformed } from './match-patterns.ts'

/**
 * The patterns of a `.dockerignore`, in order, each cleaned; an exception keeps its `!` in front. They are relative to
 * the context's root, `/` between components. The last one that matches a path decides.
 *
 * SPEC: a comment has its `#` in the first column; a blank before it makes it a pattern. Blanks around a pattern go,
 * then `.`, `..` and repeated slashes are resolved and one leading slash is removed.
 */
export function parseIgnoreFile(text: string): readonly string[] {
  return linesOf(text).map(({ pattern }) => pattern)
}

/** What is wrong with an ignore file: each pattern that can't be read, with its place. */
export function checkIgnoreFile(text: string): readonly Diagnostic[] {
  return linesOf(text).flatMap(({ pattern, written, number, indent }) => {
    const positive = pattern.replace(/^!/, '')
    if (positive !== '' && !isMalformed(positive)) return []
    const found = positive === '' ? 'no pattern after "!"' : 'an unterminated bracket or escape'
    const start = { line: number, column: indent + 1 }
    const range = { start, end: { line: number, column: indent + 1 + written.length } }
    return problem(
      'PARSE_BAD_IGNORE_PATTERN',
      `Cannot use the pattern "${written}": ${found} (expected a path or pattern)`,
      range,
    )
  })
}

interface IgnoreLine {
  /** Cleaned, with its `!`. */
  readonly pattern: string
  readonly written: string
  readonly number: number
  readonly indent: number
}

function linesOf(text: string): readonly IgnoreLine[] {
  const lines = text.replace(/^\uFEFF/, '').split('\n')
  return lines.flatMap((line, index) => {
    const written = line.trim()
    if (line.startsWith('#') || written === '') return []
    const isException = written.startsWith('!')
    const positive = isException ? written.slice(1).trim() : written
    const pattern = (isException ? '!' : '') + (positive === '' ? '' : withoutRoot(cleanPath(positive)))
    return { pattern, written, number: index + 1, indent: line.length - line.trimStart().length }
  })
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
