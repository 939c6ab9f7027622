import type { Directives, SourceRange } from '../ast.ts'
import { problem, type Report } from '../diagnostics.ts'
import { trimBlanksStart } from './blanks.ts'
import { LineReader, type PhysicalLine } from './physical-lines.ts'

export interface ParsedDirectives {
  readonly directives: Directives
  readonly escape: '\\' | '`'
  /** Number of lines at the top that are directives (or a `#!` line), and thus not comments on what follows. */
  readonly lineCount: number
}

interface Found {
  readonly name: string
  readonly value: string
  readonly range: SourceRange
  /** `syntax` and `check` must be at the very start of a line; `escape` may be indented. */
  readonly isIndented: boolean
}

const KNOWN = new Set(['syntax', 'escape', 'check'])
/** SPEC: BuildKit parser/directives.go, where `\s` is that of Go. */
const DIRECTIVE = /^([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+)$/s
const TRAILING = '\t\n\f\r '

/**
 * SPEC: dockerfile reference#parser-directives. They precede everything else, each at most once, with case-insensitive
 * keys; the first other line ends them. A `#!` line above them disables `escape` only.
 */
export function parseDirectives(text: string, report: Report, givenSyntax?: string): ParsedDirectives {
  const reader = new LineReader(text)
  const hasShebang = reader.peek()?.text.startsWith('#!') === true
  if (hasShebang) reader.next()
  const found = collect(reader, report)
  const pick = (name: string) => found.find((directive) => directive.name === name && !directive.isIndented)
  const escapeDirective = hasShebang ? undefined : found.find((directive) => directive.name === 'escape')
  const syntax = pick('syntax')
  const check = pick('check')
  const inForce = givenSyntax === undefined ? syntax : { value: givenSyntax, range: syntax?.range ?? START }
  if (inForce !== undefined) checkSyntax(inForce, report)
  const escapeCharacter = escapeDirective === undefined ? undefined : parseEscape(escapeDirective, report)
  return {
    directives: {
      ...(syntax && { syntax: syntax.value.split(' ')[0] ?? '' }),
      ...(escapeCharacter && { escape: escapeCharacter }),
      ...(check && { check: check.value, checkRange: check.range }),
    },
    escape: escapeCharacter ?? '\\',
    lineCount: found.length + (hasShebang ? 1 : 0),
  }
}

const START: SourceRange = { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } }

function collect(reader: LineReader, report: Report): Found[] {
  const found: Found[] = []
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    const directive = readDirective(line)
    if (directive === undefined) break
    if (found.some(({ name }) => name === directive.name)) {
      const what = `Cannot use the directive "${directive.name}": already set (each directive may occur once)`
      report(problem({ code: 'PARSE_DUPLICATE_DIRECTIVE', message: what, range: directive.range }))
    }
    found.push(directive)
  }
  return found
}

function readDirective(line: PhysicalLine): Found | undefined {
  const text = trimBlanksStart(line.text)
  if (!text.startsWith('#')) return undefined
  const [, key = '', value = ''] = DIRECTIVE.exec(trimBlanksStart(text.slice(1))) ?? []
  const name = key.toLowerCase()
  if (!KNOWN.has(name)) return undefined
  const indent = line.text.length - text.length
  const range = {
    start: { line: line.number, column: indent + 1 },
    end: { line: line.number, column: line.text.length + 1 },
  }
  return { name, value: withoutTrailing(value), range, isIndented: indent > 0 }
}

/** SECURITY: a lazy part of the pattern would take quadratic time for many blanks within a value. */
function withoutTrailing(value: string): string {
  let end = value.length
  while (end > 1 && TRAILING.includes(value[end - 1] ?? '')) end -= 1
  return value.slice(0, end)
}

/**
 * SPEC: BuildKit would fetch and run the image named here. This parser implements only Docker's own frontend, from
 * whatever registry; mirrors use `docker-dockerfile` for `docker/dockerfile`.
 */
function checkSyntax({ value, range }: Pick<Found, 'value' | 'range'>, report: Report): void {
  const image = value.split(' ')[0] ?? ''
  const name = image.replace(/@.*$/, '').replace(/:[^:/]*$/, '')
  if (/(?:^|\/)(?:docker[-_.])?dockerfile(?:-upstream)?$/.test(name) || image === 'dockerfile.v0') return
  const message = `Cannot use the syntax "${image}": unsupported language (expected docker/dockerfile, or no directive)`
  report(
    problem({
      code: 'PARSE_FOREIGN_SYNTAX',
      message,
      range,
      hint: 'Remove the directive if the file is an ordinary Dockerfile',
    }),
  )
}

function parseEscape(directive: Found, report: Report): '\\' | '`' | undefined {
  if (directive.value === '\\' || directive.value === '`') return directive.value
  const what = `Cannot use the escape character "${directive.value}": not an escape character (expected \\ or \`)`
  report(problem({ code: 'PARSE_BAD_ESCAPE', message: what, range: directive.range }))
  return undefined
}
