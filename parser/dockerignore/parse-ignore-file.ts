import { type Diagnostic, problem } from '../diagnostics.ts'
import { isMalformed } from './match-in-checks.ts'

/**
 * The patterns of a `.dockerignore`, in order and normalized; exceptions keep their leading `!`. They are relative to
 * the context's root, with `/` between components. The last matching pattern decides.
 *
 * SPEC: a comment has `#` in the first column; with a blank before it, it is a pattern. Surrounding blanks are removed,
 * then `.`, `..` and repeated slashes are resolved and one leading slash is removed.
 */
export function parseIgnoreFile(text: string): readonly string[] {
  return linesOf(text).map(({ pattern }) => pattern)
}

/** The problems of an ignore file: each malformed pattern with its range. */
export function checkIgnoreFile(text: string): readonly Diagnostic[] {
  return linesOf(text).flatMap(({ pattern, written, number, indent }) => {
    const positive = pattern.replace(/^!/, '')
    if (positive !== '' && !isMalformed(positive)) return []
    const found = positive === '' ? 'no pattern after "!"' : 'an unterminated bracket or escape'
    const start = { line: number, column: indent + 1 }
    const range = { start, end: { line: number, column: indent + 1 + written.length } }
    return problem({
      code: 'PARSE_BAD_IGNORE_PATTERN',
      message: `Cannot use the pattern "${written}": ${found} (expected a path or pattern)`,
      range,
    })
  })
}

interface IgnoreLine {
  /** Normalized, with its `!`. */
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

/** The shortest equivalent path, like Go's `path.Clean`. */
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
