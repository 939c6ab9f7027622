import { Lexer } from 'chevrotain'
import { trimBlanksEnd } from '../source/blanks.ts'
import { DockerfileGrammar, type RawInstruction } from './dockerfile-grammar.ts'
import { withLexingOptions } from './lexing-options.ts'
import { MODES } from './tokens.ts'

export type ParsedLine =
  | { readonly instruction: RawInstruction; readonly error?: undefined }
  | { readonly instruction?: undefined; readonly error: LineError }

/** What the grammar does not accept, by offset in the line. */
export interface LineError {
  readonly start: number
  readonly end: number
  readonly found: string
}

/** Validating the grammar costs start-up time and is done in a test. */
const OPTIONS = { skipValidations: true }

let shared: { readonly lexer: Lexer; readonly grammar: DockerfileGrammar } | undefined

/** SPEC: blanks at the end of the line are removed first, escaped or not. */
export function parseLine(line: string, escapeBy: '\\' | '`'): ParsedLine {
  const text = trimBlanksEnd(line)
  shared ??= { lexer: createDockerfileLexer(OPTIONS), grammar: new DockerfileGrammar(OPTIONS) }
  const { lexer, grammar } = shared
  const { tokens, errors } = withLexingOptions({ escape: escapeBy, quotes: true }, () => lexer.tokenize(text))
  const bad = errors[0]
  if (bad !== undefined) {
    const end = bad.offset + bad.length
    return { error: { start: bad.offset, end, found: text.slice(bad.offset, end) } }
  }
  grammar.input = tokens
  const instruction = grammar.instruction()
  const error = grammar.errors[0]
  if (error === undefined) return { instruction }
  const start = Number.isNaN(error.token.startOffset) ? text.length : error.token.startOffset
  return { error: { start, end: start + error.token.image.length, found: error.token.image } }
}

export function createDockerfileLexer(options: { skipValidations: boolean }): Lexer {
  return new Lexer(
    { modes: { ...MODES }, defaultMode: 'keyword' },
    { positionTracking: 'onlyOffset', skipValidations: options.skipValidations, safeMode: true },
  )
}
