import { EmbeddedActionsParser, type IToken } from 'chevrotain'
import {
  ALL_TOKENS,
  CommandKeyword,
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
  ListKeyword,
  Onbuild,
  PairsKeyword,
  PairWord,
  Text,
  TextKeyword,
  UnknownKeyword,
  Word,
  WordsKeyword,
} from './tokens.ts'

/** One instruction by the shape of its arguments; what they mean is decided by instructions/. */
export interface RawInstruction {
  readonly keyword: IToken
  readonly flags: readonly IToken[]
  readonly arguments: RawArguments
}

export type RawArguments =
  | { readonly shape: 'json'; readonly open: IToken; readonly items: readonly IToken[] }
  | { readonly shape: 'words'; readonly words: readonly IToken[] }
  | { readonly shape: 'text'; readonly text: IToken | undefined }
  | { readonly shape: 'healthcheck'; readonly type: IToken; readonly rest: RawArguments }
  | { readonly shape: 'instruction'; readonly instruction: RawInstruction | undefined }

/** The grammar of one logical line. A line is parsed by itself, so that an error in one hides none in another. */
export class DockerfileGrammar extends EmbeddedActionsParser {
  constructor(options: { skipValidations: boolean }) {
    super(ALL_TOKENS, { skipValidations: options.skipValidations, recoveryEnabled: false, maxLookahead: 1 })
    this.performSelfAnalysis()
  }

  readonly instruction = this.RULE(
    'instruction',
    (): RawInstruction =>
      this.OR<RawInstruction>([
        { ALT: () => this.#with(this.CONSUME(CommandKeyword), this.SUBRULE(this.flags), this.SUBRULE(this.command)) },
        { ALT: () => this.#with(this.CONSUME(ListKeyword), this.SUBRULE1(this.flags), this.SUBRULE(this.list)) },
        { ALT: () => this.#with(this.CONSUME(WordsKeyword), this.SUBRULE2(this.flags), this.SUBRULE(this.words)) },
        { ALT: () => this.#with(this.CONSUME(PairsKeyword), this.SUBRULE3(this.flags), this.SUBRULE(this.pairs)) },
        { ALT: () => this.#with(this.CONSUME(TextKeyword), this.SUBRULE4(this.flags), this.SUBRULE(this.text)) },
        { ALT: () => this.#with(this.CONSUME(Healthcheck), this.SUBRULE5(this.flags), this.SUBRULE(this.healthcheck)) },
        { ALT: () => this.#with(this.CONSUME(Onbuild), this.SUBRULE6(this.flags), this.SUBRULE(this.trigger)) },
        { ALT: () => this.#with(this.CONSUME(UnknownKeyword), this.SUBRULE7(this.flags), this.SUBRULE1(this.text)) },
      ]),
  )

  private readonly flags = this.RULE('flags', (): readonly IToken[] => {
    const flags: IToken[] = []
    this.MANY(() => flags.push(this.CONSUME(Flag)))
    this.OPTION(() => this.CONSUME(FlagsEnd))
    return flags
  })

  private readonly command = this.RULE(
    'command',
    (): RawArguments =>
      this.OR<RawArguments>([{ ALT: () => this.SUBRULE(this.json) }, { ALT: () => this.SUBRULE(this.text) }]),
  )

  private readonly list = this.RULE(
    'list',
    (): RawArguments =>
      this.OR<RawArguments>([{ ALT: () => this.SUBRULE(this.json) }, { ALT: () => this.SUBRULE(this.words) }]),
  )

  private readonly json = this.RULE('json', (): RawArguments => {
    const open = this.CONSUME(JsonOpen)
    const items: IToken[] = []
    this.MANY_SEP({
      SEP: JsonComma,
      DEF: () => items.push(this.OR([{ ALT: () => this.CONSUME(JsonString) }, { ALT: () => this.CONSUME(JsonOther) }])),
    })
    this.CONSUME(JsonClose)
    return { shape: 'json', open, items }
  })

  private readonly words = this.RULE('words', (): RawArguments => {
    const words: IToken[] = []
    this.MANY(() => words.push(this.CONSUME(Word)))
    return { shape: 'words', words }
  })

  private readonly pairs = this.RULE('pairs', (): RawArguments => {
    const words: IToken[] = []
    this.MANY(() => words.push(this.CONSUME(PairWord)))
    return { shape: 'words', words }
  })

  private readonly text = this.RULE('text', (): RawArguments => {
    const text = this.OPTION(() => this.CONSUME(Text))
    return { shape: 'text', text }
  })

  private readonly healthcheck = this.RULE(
    'healthcheck',
    (): RawArguments =>
      this.OR<RawArguments>([
        { ALT: () => ({ shape: 'healthcheck', type: this.CONSUME(HealthcheckNone), rest: this.SUBRULE(this.words) }) },
        { ALT: () => ({ shape: 'healthcheck', type: this.CONSUME(HealthcheckCmd), rest: this.SUBRULE(this.command) }) },
        { ALT: () => this.SUBRULE1(this.words) },
      ]),
  )

  private readonly trigger = this.RULE('trigger', (): RawArguments => {
    const instruction = this.OPTION(() => this.SUBRULE(this.instruction))
    return { shape: 'instruction', instruction }
  })

  #with(keyword: IToken, flags: readonly IToken[], args: RawArguments): RawInstruction {
    return { keyword, flags, arguments: args }
  }
}
