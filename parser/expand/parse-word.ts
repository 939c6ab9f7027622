import { type IToken, Lexer } from 'chevrotain'
import { type LexingOptions, withLexingOptions } from '../grammar/lexing-options.ts'
import { parseSimpleWord } from './parse-simple-word.ts'
import { WordGrammar } from './word-grammar.ts'
import { describeWordError, type WordProblem } from './word-problem.ts'
import { BraceEnd, BraceOpen, DoubleQuoteClose, DoubleQuoteOpen, OperandEnd, WORD_MODES } from './word-tokens.ts'
import type { WordPart } from './word-tree.ts'

export type ParsedWord =
  | { readonly parts: readonly WordPart[]; readonly problem?: undefined }
  | { readonly parts?: undefined; readonly problem: WordProblem }

/** SECURITY: the grammar is recursive; excessive nesting is refused, so that it cannot exhaust the stack. */
const MAX_NESTING = 100

const OPTIONS = { skipValidations: true }

/** Created for the first word that needs it: many Dockerfiles have none. */
let shared: { readonly lexer: Lexer; readonly grammar: WordGrammar } | undefined

export function parseWord(text: string, options: LexingOptions): ParsedWord {
  const simple = parseSimpleWord(text, options)
  return simple === undefined ? parseWordByGrammar(text, options) : { parts: simple }
}

export function parseWordByGrammar(text: string, options: LexingOptions): ParsedWord {
  shared ??= { lexer: createWordLexer(OPTIONS), grammar: new WordGrammar(OPTIONS) }
  const { lexer, grammar } = shared
  const { tokens } = withLexingOptions(options, () => lexer.tokenize(text))
  if (isTooDeep(tokens))
    return { problem: { message: 'it is nested too deeply', needed: `${MAX_NESTING} levels at most`, offset: 0 } }
  grammar.input = tokens
  const parts = grammar.word()
  const error = grammar.errors[0]
  if (error === undefined) return { parts }
  return { problem: describeWordError(error, text) }
}

export function createWordLexer(options: { skipValidations: boolean }): Lexer {
  return new Lexer(
    { modes: { ...WORD_MODES }, defaultMode: 'word' },
    { positionTracking: 'onlyOffset', skipValidations: options.skipValidations, safeMode: true },
  )
}

function isTooDeep(tokens: readonly IToken[]): boolean {
  let depth = 0
  for (const { tokenType } of tokens) {
    if (tokenType === BraceOpen || tokenType === DoubleQuoteOpen) depth += 1
    else if (tokenType === BraceEnd || tokenType === OperandEnd || tokenType === DoubleQuoteClose) depth -= 1
    if (depth > MAX_NESTING) return true
  }
  return false
}
