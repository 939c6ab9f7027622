import { usageError } from '../errors.ts'

/** SPEC: Go path.Match: `*` and `?` do not match a slash, `[a-z]` and `[^a-z]` are classes, a backslash escapes. */
export function parseNamePattern(pattern: string): RegExp {
  const parts = pattern.match(PART) ?? []
  if (parts.join('') === pattern) return new RegExp(`^${parts.map(toExpression).join('')}$`, 'su')
  throw usageError(
    `Cannot read the pattern "${pattern}": unfinished character class or escape`,
    'Put a backslash before a character that stands for itself',
  )
}

const MEMBER = String.raw`(?:\\.|[^\\\]-])`
const RANGE = `(${MEMBER})(?:-(${MEMBER}))?`
const PART = new RegExp(String.raw`\\.|\[\^?(?:${RANGE})+\]|[^[\\]`, 'gsu')

function toExpression(part: string): string {
  if (part === '*') return '[^/]*'
  if (part === '?') return '[^/]'
  if (!part.startsWith('[')) return literal(part)
  const isNegated = part.startsWith('[^')
  const ranges = [...part.slice(isNegated ? 2 : 1, -1).matchAll(new RegExp(RANGE, 'gsu'))]
  return `[${isNegated ? '^' : ''}${ranges.map(([, low = '', high = low]) => toRange(low, high)).join('')}]`
}

/** SPEC: a range in the wrong order is empty; a regular expression refuses it. */
function toRange(low: string, high: string): string {
  const [first, last] = [plain(low), plain(high)]
  return (first.codePointAt(0) ?? 0) > (last.codePointAt(0) ?? 0) ? '' : `${literal(low)}-${literal(high)}`
}

function literal(part: string): string {
  return `\\u{${plain(part).codePointAt(0)?.toString(16)}}`
}

/** The character without its backslash. */
function plain(part: string): string {
  return part.length > 1 && part.startsWith('\\') ? part.slice(1) : part
}
