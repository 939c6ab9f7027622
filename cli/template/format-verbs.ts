import { printed, type Value } from './values.ts'

const VERB = /%([-+# 0]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g

/** The verbs of Go's fmt that formats of commands use: %s %v %d %q %x %t %f %c %T-less, with width and flags. */
export function sprintf(format: string, values: readonly Value[]): string {
  let next = 0
  const text = format.replace(VERB, (...[, flags = '', width = '', precision, verb = '']: readonly string[]) => {
    if (verb === '%') return '%'
    if (next >= values.length) return `%!${verb}(MISSING)`
    const value = values[next]
    next += 1
    return padded(verbText(verb, value, precision), flags, Number(width))
  })
  const extra = values.slice(next).map((value) => `${typeNameOf(value)}=${printed(value)}`)
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.join(', ')})`
}

function verbText(verb: string, value: Value, precision: string | undefined): string {
  const wrong = () => `%!${verb}(${typeNameOf(value)}=${printed(value)})`
  switch (verb) {
    case 'v':
    case 's': {
      const text = printed(value)
      return precision === undefined ? text : text.slice(0, Number(precision))
    }
    case 'q':
      return typeof value === 'string' ? JSON.stringify(value) : wrong()
    case 'd':
      return typeof value === 'number' ? String(Math.trunc(value)) : wrong()
    case 'f':
      return typeof value === 'number' ? value.toFixed(precision === undefined ? 6 : Number(precision)) : wrong()
    case 't':
      return typeof value === 'boolean' ? String(value) : wrong()
    case 'x':
      if (typeof value === 'number') return Math.trunc(value).toString(16)
      return typeof value === 'string' ? Buffer.from(value).toString('hex') : wrong()
    case 'c':
      return typeof value === 'number' ? String.fromCodePoint(value) : wrong()
    default:
      return wrong()
  }
}

function padded(text: string, flags: string, width: number): string {
  if (flags.includes('-')) return text.padEnd(width)
  return flags.includes('0') && /^\d/.test(text) ? text.padStart(width, '0') : text.padStart(width)
}

function typeNameOf(value: Value): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float64'
  return typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'string' : 'interface {}'
}
