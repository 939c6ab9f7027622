import { EmbeddedActionsParser, type IToken } from 'chevrotain'
import * as tokens from './word-tokens.ts'
import type { BraceOperation, WordPart } from './word-tree.ts'

/** The grammar of shell words: quotes, variables, and `${…}` with operators, arbitrarily nested. */
export class WordGrammar extends EmbeddedActionsParser {
  constructor(options: { skipValidations: boolean }) {
    super(tokens.ALL_WORD_TOKENS, { skipValidations: options.skipValidations, recoveryEnabled: false, maxLookahead: 1 })
    this.performSelfAnalysis()
  }

  readonly word = this.RULE('word', (): readonly WordPart[] => {
    const parts: WordPart[] = []
    this.MANY(() => parts.push(this.SUBRULE(this.part)))
    return parts
  })

  private readonly part = this.RULE(
    'part',
    (): WordPart =>
      this.OR<WordPart>([
        { ALT: () => literal(this.CONSUME(tokens.Literal)) },
        { ALT: () => literal(this.CONSUME(tokens.LiteralInBrace)) },
        { ALT: () => literal(this.CONSUME(tokens.LiteralInPattern)) },
        { ALT: () => escaped(this.CONSUME(tokens.Escaped)) },
        { ALT: () => ({ kind: 'single-quoted', text: this.CONSUME(tokens.SingleQuoted).image.slice(1, -1) }) },
        { ALT: () => this.SUBRULE(this.doubleQuoted) },
        { ALT: () => this.SUBRULE(this.substitution) },
      ]),
  )

  private readonly doubleQuoted = this.RULE('doubleQuoted', (): WordPart => {
    const parts: WordPart[] = []
    this.CONSUME(tokens.DoubleQuoteOpen)
    this.MANY(() =>
      parts.push(
        this.OR<WordPart>([
          { ALT: () => literal(this.CONSUME(tokens.LiteralInQuotes)) },
          { ALT: () => escaped(this.CONSUME(tokens.EscapedInQuotes)) },
          { ALT: () => this.SUBRULE(this.substitution) },
        ]),
      ),
    )
    this.CONSUME(tokens.DoubleQuoteClose)
    return { kind: 'double-quoted', parts }
  })

  private readonly substitution = this.RULE(
    'substitution',
    (): WordPart =>
      this.OR<WordPart>([
        { ALT: () => variable(this.CONSUME(tokens.Variable)) },
        { ALT: () => this.SUBRULE(this.braced) },
      ]),
  )

  private readonly braced = this.RULE('braced', (): WordPart => {
    this.CONSUME(tokens.BraceOpen)
    const name = this.CONSUME(tokens.Name).image
    return { kind: 'braced', name, operation: this.SUBRULE(this.operation) }
  })

  private readonly operation = this.RULE(
    'operation',
    (): BraceOperation =>
      this.OR<BraceOperation>([
        { ALT: () => this.SUBRULE(this.plain) },
        { ALT: () => this.SUBRULE(this.value) },
        { ALT: () => this.SUBRULE(this.trim) },
        { ALT: () => this.SUBRULE(this.replace) },
      ]),
  )

  private readonly plain = this.RULE('plain', (): BraceOperation => {
    this.CONSUME(tokens.BraceEnd)
    return { kind: 'plain' }
  })

  private readonly value = this.RULE('value', (): BraceOperation => {
    const operator = this.CONSUME(tokens.ValueOperator).image
    const word = this.SUBRULE(this.word)
    this.CONSUME(tokens.OperandEnd)
    return { kind: 'value', operator, word }
  })

  private readonly trim = this.RULE('trim', (): BraceOperation => {
    const operator = this.CONSUME(tokens.TrimOperator).image
    const word = this.SUBRULE(this.word)
    this.CONSUME(tokens.OperandEnd)
    return { kind: 'trim', operator: operator.slice(-1), word }
  })

  private readonly replace = this.RULE('replace', (): BraceOperation => {
    const operator = this.CONSUME(tokens.ReplaceOperator).image
    const pattern = this.SUBRULE(this.word)
    this.CONSUME(tokens.PatternEnd)
    const replacement = this.SUBRULE1(this.word)
    this.CONSUME(tokens.OperandEnd)
    return { kind: 'replace', operator, pattern, replacement }
  })
}

function literal(token: IToken): WordPart {
  return { kind: 'literal', text: token.image }
}

function escaped(token: IToken): WordPart {
  return { kind: 'escaped', text: token.image.slice(1), raw: token.image }
}

function variable(token: IToken): WordPart {
  return { kind: 'variable', name: token.image.slice(1), raw: token.image }
}
