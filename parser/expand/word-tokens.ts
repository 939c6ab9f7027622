import { type CustomPatternMatcherReturn, createToken, type IToken, type TokenType } from 'chevrotain'
import { lexingOptions } from '../grammar/lexing-options.ts'

/**
 * The tokens of the shell-word language. `${` enters the modes of a substitution; the operand of its operator is again
 * a word, in a mode with its own end character.
 */
const custom = (name: string, exec: Matcher, more: { push_mode?: string; pop_mode?: boolean } = {}): TokenType =>
  createToken({ name, pattern: exec, line_breaks: true, ...more })

type Matcher = (text: string, offset: number, before: IToken[]) => CustomPatternMatcherReturn | null

const sticky =
  (pattern: RegExp): Matcher =>
  (text, offset) => {
    pattern.lastIndex = offset
    const match = pattern.exec(text)
    return match === null ? null : [match[0]]
  }

/** `$name`, `$1`, `$@`: SPEC: digits alone, one special character, or letters, digits and `_`. */
export const Variable = custom('Variable', sticky(/\$(?:\p{Nd}+|[@*#?\-$!]|[\p{L}_][\p{L}\p{Nd}_]*)/uy))
export const BraceOpen = createToken({ name: 'BraceOpen', pattern: '${', push_mode: 'name' })

/** An escape character and the character it escapes; alone at the end of the text. */
export const Escaped = custom('Escaped', (text, offset) => {
  const { escape: escapeBy } = lexingOptions()
  if (text[offset] !== escapeBy) return null
  const point = text.codePointAt(offset + 1)
  return [point === undefined ? escapeBy : escapeBy + String.fromCodePoint(point)]
})

/** SPEC: within double quotes, only the quote, `$` and the escape character itself can be escaped. */
export const EscapedInQuotes = custom('EscapedInQuotes', (text, offset) => {
  const { escape: escapeBy } = lexingOptions()
  if (text[offset] !== escapeBy) return null
  const next = text[offset + 1]
  if (next === undefined) return [escapeBy]
  return next === '"' || next === '$' || next === escapeBy ? [escapeBy + next] : null
})

export const SingleQuoted = custom('SingleQuoted', (text, offset) => {
  if (text[offset] !== "'" || !lexingOptions().quotes) return null
  const end = text.indexOf("'", offset + 1)
  return end === -1 ? null : [text.slice(offset, end + 1)]
})
const SingleQuoteUnclosed = custom('SingleQuoteUnclosed', (text, offset) =>
  text[offset] === "'" && lexingOptions().quotes ? [text.slice(offset)] : null,
)
export const DoubleQuoteOpen = custom(
  'DoubleQuoteOpen',
  (text, offset) => (text[offset] === '"' && lexingOptions().quotes ? ['"'] : null),
  { push_mode: 'quoted' },
)
export const DoubleQuoteClose = createToken({ name: 'DoubleQuoteClose', pattern: '"', pop_mode: true })

/** Runs of ordinary characters, or a special one that lacks the required continuation. */
export const Literal = custom('Literal', (text, offset) => literal(text, offset, ''))
export const LiteralInBrace = custom('LiteralInBrace', (text, offset) => literal(text, offset, '}'))
export const LiteralInPattern = custom('LiteralInPattern', (text, offset) => literal(text, offset, '/'))
export const LiteralInQuotes = custom('LiteralInQuotes', sticky(/[^"$\\`]+|[\s\S]/y))

/** After `${`. */
export const Name = custom('Name', sticky(/\p{Nd}+|[@*#?\-$!]|[\p{L}_][\p{L}\p{Nd}_]*/uy), {
  pop_mode: true,
  push_mode: 'operator',
})
/** Anything else after `${`: not a name. */
const NoName = createToken({ name: 'NoName', pattern: /[\s\S]/, pop_mode: true, push_mode: 'operator' })

/** After the name. */
export const BraceEnd = createToken({ name: 'BraceEnd', pattern: '}', pop_mode: true })
const operand = { pop_mode: true, push_mode: 'operand' }
export const ValueOperator = createToken({ name: 'ValueOperator', pattern: /:?[-+?]/, ...operand })
export const TrimOperator = createToken({ name: 'TrimOperator', pattern: /[#%]/, ...operand })
export const ReplaceOperator = createToken({
  name: 'ReplaceOperator',
  pattern: /\/\/?/,
  pop_mode: true,
  push_mode: 'pattern',
})
const BadOperator = createToken({ name: 'BadOperator', pattern: /:[\s\S]?|[\s\S]/, ...operand })

export const OperandEnd = createToken({ name: 'OperandEnd', pattern: '}', pop_mode: true })
export const PatternEnd = createToken({ name: 'PatternEnd', pattern: '/', ...operand })

const UNQUOTED = [Variable, BraceOpen, Escaped, SingleQuoted, SingleQuoteUnclosed, DoubleQuoteOpen]

/** The tokens of each mode, in the order tried. */
export const WORD_MODES: Readonly<Record<string, TokenType[]>> = {
  word: [...UNQUOTED, Literal],
  quoted: [Variable, BraceOpen, EscapedInQuotes, DoubleQuoteClose, LiteralInQuotes],
  name: [Name, NoName],
  operator: [BraceEnd, ValueOperator, TrimOperator, ReplaceOperator, BadOperator],
  operand: [OperandEnd, ...UNQUOTED, LiteralInBrace],
  pattern: [PatternEnd, ...UNQUOTED, LiteralInPattern],
}

export const ALL_WORD_TOKENS: TokenType[] = [...new Set(Object.values(WORD_MODES).flat())]

function literal(text: string, offset: number, stop: string): CustomPatternMatcherReturn | null {
  const { escape: escapeBy, quotes } = lexingOptions()
  let end = offset
  for (; end < text.length; end += 1) {
    const character = text[end] ?? ''
    if (character === '$' || character === escapeBy || character === stop) break
    if (quotes && (character === '"' || character === "'")) break
  }
  if (end > offset) return [text.slice(offset, end)]
  // A `$` that does not start a variable is literal.
  return text[offset] === '$' ? ['$'] : null
}
