import { createToken, Lexer, type TokenType } from 'chevrotain'
import { matchFlag, matchFlagsEnd } from './match-flag.ts'
import {
  matchBlanks,
  matchHeredocWord,
  matchJsonOpen,
  matchJsonOther,
  matchLeadingBlanks,
  matchPairWord,
  matchText,
} from './match-words.ts'

/**
 * The tokens of the Dockerfile language. A keyword switches the lexer to the mode of its arguments, which determines
 * their form: shell text, words separated by blanks, or words in which quotes protect blanks.
 */

/** All keywords but ONBUILD and HEALTHCHECK, whose arguments have their own structure. */
export const Keyword = createToken({ name: 'Keyword', pattern: Lexer.NA })

const BLANK = /[\t\v\f\r ]+/

/** SPEC: any blank is allowed around the arguments, only the common ones between them. */
const LeadingBlank = createToken({
  name: 'LeadingBlank',
  pattern: matchLeadingBlanks,
  line_breaks: true,
  group: Lexer.SKIPPED,
})
const AnyBlank = createToken({ name: 'AnyBlank', pattern: matchBlanks, line_breaks: true, group: Lexer.SKIPPED })
const Blank = createToken({ name: 'Blank', pattern: BLANK, group: Lexer.SKIPPED })
/** Any first word that is not a keyword. */
const UnknownKeyword = createToken({
  name: 'UnknownKeyword',
  pattern: /[^\t\v\f\r ]+/,
  push_mode: 'text',
  categories: [Keyword],
})

function keyword(name: string, mode: string, categories: TokenType[]): TokenType {
  return createToken({ name, pattern: new RegExp(name, 'i'), longer_alt: UnknownKeyword, push_mode: mode, categories })
}

export const Onbuild = createToken({ name: 'Onbuild', pattern: /onbuild/i, longer_alt: UnknownKeyword })
export const Healthcheck = keyword('Healthcheck', 'healthcheck', [])

const KEYWORDS: readonly TokenType[] = [
  ...['Run', 'Cmd', 'Entrypoint', 'Shell'].map((name) => keyword(name, 'command', [Keyword])),
  ...['User', 'Workdir', 'Stopsignal', 'Maintainer'].map((name) => keyword(name, 'text', [Keyword])),
  ...['Copy', 'Add', 'Volume'].map((name) => keyword(name, 'list', [Keyword])),
  ...['From', 'Expose'].map((name) => keyword(name, 'words', [Keyword])),
  ...['Env', 'Label', 'Arg'].map((name) => keyword(name, 'pairs', [Keyword])),
  Healthcheck,
  Onbuild,
]

/** `--name=value`, only between a keyword and its arguments; its payload is the value without quotes. */
export const Flag = createToken({ name: 'Flag', pattern: matchFlag, line_breaks: false, start_chars_hint: ['-'] })
/** A lone `--`: what follows is not a flag. */
export const FlagsEnd = createToken({
  name: 'FlagsEnd',
  pattern: matchFlagsEnd,
  line_breaks: false,
  start_chars_hint: ['-'],
})

export const Word = createToken({ name: 'Word', pattern: /[^\t\v\f\r ]+/ })
/** `<<EOF` in COPY and ADD. */
const HeredocWord = createToken({
  name: 'HeredocWord',
  pattern: matchHeredocWord,
  line_breaks: false,
  categories: [Word],
})
/** A word of ENV, LABEL or ARG. */
const PairWord = createToken({
  name: 'PairWord',
  pattern: matchPairWord,
  line_breaks: false,
  categories: [Word],
})
/** The rest of the line, without surrounding blanks. */
export const Text = createToken({ name: 'Text', pattern: matchText, line_breaks: true })

/** The opening bracket of a complete JSON array; otherwise it is text or words. */
export const JsonOpen = createToken({
  name: 'JsonOpen',
  pattern: matchJsonOpen,
  line_breaks: false,
  start_chars_hint: ['['],
  push_mode: 'json',
})
export const JsonClose = createToken({ name: 'JsonClose', pattern: ']', pop_mode: true })
export const JsonComma = createToken({ name: 'JsonComma', pattern: ',' })
export const JsonString = createToken({ name: 'JsonString', pattern: /"(?:[^"\\]|\\.)*"/ })
/** A number, literal, object or array inside an array, where only strings are allowed. */
export const JsonOther = createToken({ name: 'JsonOther', pattern: matchJsonOther, line_breaks: false })

export const HealthcheckNone = createToken({ name: 'HealthcheckNone', pattern: /none/i, longer_alt: Word })
export const HealthcheckCmd = createToken({
  name: 'HealthcheckCmd',
  pattern: /cmd/i,
  longer_alt: Word,
  push_mode: 'command',
})

/** The tokens of each mode, in the order tried. */
export const MODES: Readonly<Record<string, TokenType[]>> = {
  keyword: [LeadingBlank, Blank, FlagsEnd, Flag, ...KEYWORDS, UnknownKeyword],
  command: [LeadingBlank, Blank, FlagsEnd, Flag, JsonOpen, Text],
  list: [LeadingBlank, Blank, FlagsEnd, Flag, JsonOpen, HeredocWord, Word],
  words: [LeadingBlank, Blank, FlagsEnd, Flag, Word],
  pairs: [AnyBlank, FlagsEnd, Flag, PairWord],
  text: [LeadingBlank, Blank, FlagsEnd, Flag, Text],
  healthcheck: [LeadingBlank, Blank, FlagsEnd, Flag, HealthcheckNone, HealthcheckCmd, Word],
  json: [Blank, JsonString, JsonComma, JsonClose, JsonOther],
}

export const ALL_TOKENS: TokenType[] = [...new Set([Keyword, ...Object.values(MODES).flat()])]
