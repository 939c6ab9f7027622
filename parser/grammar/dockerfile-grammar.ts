import { EmbeddedActionsParser, type IToken } from 'chevrotain'
import {
  ALL_TOKENS,
  Flag,
  FlagsEnd,
  Healthcheck,
  HealthcheckCmd,
  HealthcheckNone,
  JsonClose,
  JsonComma,
  JsonOpen,
  JsonOther,
  JsonString,
  Keyword,
  Onbuild,
  Text,
  Word,
} from './tokens.ts'

/** The part of a token that instructions/ needs. */
export type Token = Pick<IToken, 'image' | 'startOffset' | 'tokenType' | 'payload'>

/** One instruction by the shape of its arguments; instructions/ interprets them. */
export interface RawInstruction {
  readonly keyword: Token
  readonly flags: readonly Token[]
  readonly arguments: RawArguments
}

export type RawArguments =
  | { readonly shape: 'none' }
  | { readonly shape: 'json'; readonly items: readonly Token[] }
  | { readonly shape: 'words'; readonly words: readonly Token[] }
  | { readonly shape: 'text'; readonly text: Token }
  | { readonly shape: 'healthcheck'; readonly type: Token; readonly rest: RawArguments }
  | { readonly shape: 'instruction'; readonly instruction: RawInstruction }

const NONE: RawArguments = { shape: 'none' }

/**
 * The grammar of one logical line. Lines are parsed separately, so that an error in one does not hide errors in others.
 * The lexer's modes determine the possible argument shapes of a keyword.
 */
export class DockerfileGrammar extends EmbeddedActionsParser {
  constructor(options: { skipValidations: boolean }) {
    super(ALL_TOKENS, { skipValidations: options.skipValidations, recoveryEnabled: false, maxLookahead: 1 })
    this.performSelfAnalysis()
  }

  readonly instruction = this.RULE(
    'instruction',
    (): RawInstruction =>
      this.OR<RawInstruction>([
        {
          ALT: () => {
            const keyword = this.CONSUME(Keyword)
            const flags = this.SUBRULE(this.flags)
            return { keyword, flags, arguments: this.SUBRULE(this.arguments) }
          },
        },
        {
          ALT: () => {
            const keyword = this.CONSUME(Healthcheck)
            const flags = this.SUBRULE1(this.flags)
            return { keyword, flags, arguments: this.SUBRULE(this.healthcheck) }
          },
        },
        {
          ALT: () => {
            const keyword = this.CONSUME(Onbuild)
            const flags = this.SUBRULE2(this.flags)
            return { keyword, flags, arguments: this.SUBRULE(this.trigger) }
          },
        },
      ]),
  )

  private readonly flags = this.RULE('flags', (): readonly IToken[] => {
    const flags: IToken[] = []
    this.MANY(() => flags.push(this.CONSUME(Flag)))
    this.OPTION(() => this.CONSUME(FlagsEnd))
    return flags
  })

  private readonly arguments = this.RULE('arguments', (): RawArguments => {
    return this.OR<RawArguments>([
      { ALT: () => ({ shape: 'text', text: this.CONSUME(Text) }) },
      { ALT: () => this.SUBRULE(this.json) },
      { ALT: () => this.SUBRULE(this.words) },
      { ALT: () => NONE },
    ])
  })

  private readonly words = this.RULE('words', (): RawArguments => {
    const words: IToken[] = []
    this.AT_LEAST_ONE(() => words.push(this.CONSUME(Word)))
    return { shape: 'words', words }
  })

  private readonly json = this.RULE('json', (): RawArguments => {
    const items: IToken[] = []
    this.CONSUME(JsonOpen)
    this.MANY_SEP({
      SEP: JsonComma,
      DEF: () => items.push(this.OR([{ ALT: () => this.CONSUME(JsonString) }, { ALT: () => this.CONSUME(JsonOther) }])),
    })
    this.CONSUME(JsonClose)
    return { shape: 'json', items }
  })

  private readonly healthcheck = this.RULE(
    'healthcheck',
    (): RawArguments =>
      this.OR<RawArguments>([
        {
          ALT: () => ({
            shape: 'healthcheck',
            type: this.CONSUME(HealthcheckNone),
            rest: this.SUBRULE(this.arguments),
          }),
        },
        {
          ALT: () => ({
            shape: 'healthcheck',
            type: this.CONSUME(HealthcheckCmd),
            rest: this.SUBRULE1(this.arguments),
          }),
        },
        { ALT: () => this.SUBRULE(this.words) },
        { ALT: () => NONE },
      ]),
  )

  private readonly trigger = this.RULE('trigger', (): RawArguments => {
    const instruction = this.OPTION(() => this.SUBRULE(this.instruction))
    return instruction === undefined ? NONE : { shape: 'instruction', instruction }
  })
}
