import { printed, type Value } from './values.ts'

const VERB = /%([-+# 0]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g

/** SPEC: Go fmt, tooLarge(): a larger width or precision ends the format. */
const MAX_WIDTH = 1e6
/** JavaScript prints at most this number of digits. */
const MAX_DIGITS = 100

/** The verbs %s %v %q %d %f %t %x %X %o %b %c of Go's fmt, with width and flags. */
export function sprintf(format: string, values: readonly Value[]): string {
  let next = 0
  const tooLarge = [...format.matchAll(VERB)].find(([, , width, precision]) => isTooLarge(width, precision))
  const readable = tooLarge === undefined ? format : format.slice(0, tooLarge.index)
  const text = readable.replace(VERB, (...[, flags = '', width = '', precision, verb = '']: readonly string[]) => {
    if (verb === '%') return '%'
    if (next >= values.length) return `%!${verb}(MISSING)`
    const value = values[next]
    next += 1
    return padded(verbText(verb, value, precision), flags, Number(width))
  })
  const extra = values.slice(next).map((value) => `${typeNameOf(value)}=${printed(value)}`)
  const whole = tooLarge === undefined ? text : `${text}%!(NOVERB)`
  return extra.length === 0 ? whole : `${whole}%!(EXTRA ${extra.join(', ')})`
}

function isTooLarge(width = '', precision = ''): boolean {
  return Number(width) > MAX_WIDTH || Number(precision) > MAX_WIDTH
}

function verbText(verb: string, value: Value, precision: string | undefined): string {
  const wrong = () => `%!${verb}(${typeNameOf(value)}=${printed(value)})`
  switch (verb) {
    case 's':
      return typeof value === 'number' || typeof value === 'boolean' ? wrong() : verbText('v', value, precision)
    case 'v': {
      const text = printed(value)
      return precision === undefined ? text : text.slice(0, Number(precision))
    }
    case 'q':
      return typeof value === 'string' ? JSON.stringify(value) : wrong()
    case 'd':
      return typeof value === 'number' ? String(Math.trunc(value)) : wrong()
    case 'f':
      return typeof value === 'number' ? fixed(value, precision === undefined ? 6 : Number(precision)) : wrong()
    case 't':
      return typeof value === 'boolean' ? String(value) : wrong()
    case 'x':
      if (typeof value === 'number') return Math.trunc(value).toString(16)
      return typeof value === 'string' ? Buffer.from(value).toString('hex') : wrong()
    case 'X':
      return verbText('x', value, precision).toUpperCase()
    case 'o':
    case 'b':
      return typeof value === 'number' ? Math.trunc(value).toString(verb === 'o' ? 8 : 2) : wrong()
    case 'c':
      return typeof value === 'number' ? character(value) : wrong()
    default:
      return wrong()
  }
}

function fixed(value: number, digits: number): string {
  return value.toFixed(Math.min(digits, MAX_DIGITS)) + '0'.repeat(Math.max(0, digits - MAX_DIGITS))
}

/** As in Go, an invalid character is printed as U+FFFD. */
function character(code: number): string {
  return Number.isInteger(code) && code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd'
}

function padded(text: string, flags: string, width: number): string {
  if (flags.includes('-')) return text.padEnd(width)
  return flags.includes('0') && /^\d/.test(text) ? text.padStart(width, '0') : text.padStart(width)
}

function typeNameOf(value: Value): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float64'
  return typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'string' : 'interface {}'
}
