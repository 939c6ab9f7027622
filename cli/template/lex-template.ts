import { templateError } from './errors.ts'

/** Text, or the tokens between `{{` and `}}`. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly tokens: readonly Token[] }

export type Token =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'word'; readonly text: string }
  /** `.A.B` as its names; `.` has none. `glued`: no space before it. */
  | { readonly kind: 'field'; readonly path: readonly string[]; readonly glued: boolean }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'mark'; readonly text: string }

const COMMENT = /^\{\{(- )?\/\*[\s\S]*?\*\/( -)?\}\}/

/** Splits a template into text and actions; `{{-` and `-}}` remove adjacent whitespace. */
export function lexTemplate(template: string): readonly Piece[] {
  const pieces: Piece[] = []
  let rest = template
  let trimsNext = false
  const addText = (text: string, trimsEnd: boolean) => {
    const begun = trimsNext ? text.trimStart() : text
    const whole = trimsEnd ? begun.trimEnd() : begun
    if (whole !== '') pieces.push({ kind: 'text', text: whole })
  }
  for (;;) {
    const open = rest.indexOf('{{')
    if (open < 0) {
      addText(rest, false)
      return pieces
    }
    const action = rest.slice(open)
    const comment = COMMENT.exec(action)
    addText(rest.slice(0, open), /^\{\{-\s/.test(action))
    if (comment !== null) {
      trimsNext = comment[2] !== undefined
      rest = action.slice(comment[0].length)
      continue
    }
    const { tokens, length, trims } = lexAction(template, action)
    pieces.push({ kind: 'action', tokens })
    trimsNext = trims
    rest = action.slice(length)
  }
}

const TOKEN =
  /(?<space>\s+)|(?<end>-?\}\})|(?<string>"(?:[^"\\\n]|\\.)*")|(?<raw>`[^`]*`)|(?<char>'(?:[^'\\\n]|\\.)')|(?<number>[+-]?(?:0[xX][0-9a-fA-F_]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?))|(?<field>\.(?:[\p{L}_][\p{L}\p{Nd}_]*(?:\.[\p{L}_][\p{L}\p{Nd}_]*)*)?)|(?<variable>\$[\p{L}\p{Nd}_]*)|(?<word>[\p{L}_][\p{L}\p{Nd}_]*)|(?<mark>:=|[|(),=])/uy

function lexAction(template: string, action: string): { tokens: Token[]; length: number; trims: boolean } {
  const tokens: Token[] = []
  TOKEN.lastIndex = /^\{\{-\s/.test(action) ? 3 : 2
  let glued = false
  for (;;) {
    const at = TOKEN.lastIndex
    const groups = TOKEN.exec(action)?.groups
    if (groups === undefined) throw unreadable(template, action, at)
    const { space, end } = groups
    if (end !== undefined) return { tokens, length: TOKEN.lastIndex, trims: end.startsWith('-') }
    if (space === undefined) tokens.push(tokenOf(template, groups, glued))
    glued = space === undefined
  }
}

function tokenOf(template: string, groups: Readonly<Record<string, string | undefined>>, glued: boolean): Token {
  const { string, raw, char, number, field, variable, word, mark } = groups
  if (string !== undefined) return { kind: 'string', value: unquote(template, string) }
  if (raw !== undefined) return { kind: 'string', value: raw.slice(1, -1) }
  if (char !== undefined)
    return { kind: 'number', value: unquote(template, `"${char.slice(1, -1)}"`).codePointAt(0) ?? 0 }
  if (number !== undefined) return { kind: 'number', value: numberOf(number) }
  if (field !== undefined)
    return {
      kind: 'field',
      path: field
        .split('.')
        .slice(1)
        .filter((name) => name !== ''),
      glued,
    }
  if (variable !== undefined) return { kind: 'variable', name: variable }
  return word === undefined ? { kind: 'mark', text: mark ?? '' } : { kind: 'word', text: word }
}

/** JavaScript parses neither a sign before 0x nor an underscore between digits. */
function numberOf(text: string): number {
  const digits = text.replace(/^[-+]/, '').replaceAll('_', '')
  return text.startsWith('-') ? -Number(digits) : Number(digits)
}

/** Go's escapes that JSON lacks are converted; others are refused. */
function unquote(template: string, quoted: string): string {
  const json = quoted
    .replace(/\\(x[0-9a-fA-F]{2}|a|v|'|[0-7]{3})/g, (_, name: string) => {
      if (name === "'") return "'"
      if (name === 'a') return '\\u0007'
      if (name === 'v') return '\\u000b'
      const code = name.startsWith('x') ? Number.parseInt(name.slice(1), 16) : Number.parseInt(name, 8)
      return `\\u${code.toString(16).padStart(4, '0')}`
    })
    .replaceAll('\t', '\\t')
  try {
    return String(JSON.parse(json))
  } catch {
    throw templateError(template, `${quoted} is not a string`)
  }
}

function unreadable(template: string, action: string, at: number): Error {
  if (at >= action.length) return templateError(template, 'an action does not end (expected }})')
  return templateError(
    template,
    `"${action.slice(at, at + 12)}" can't be read`,
    'In a shell, put the format in single quotes',
  )
}
