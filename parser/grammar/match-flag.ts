import type { CustomPatternMatcherReturn, IToken } from 'chevrotain'
import { splitPair } from '../../notation/index.ts'
import { lexingOptions } from './lexing-options.ts'

/** SPEC: BuildKit reads flags byte by byte, and ends them at blanks of ASCII only. */
const BLANK = /[\t\n\v\f\r ]/

export interface FlagPayload {
  readonly name: string
  /** Without quotes and escapes; undefined without `=`. */
  readonly value: string | undefined
}

/**
 * A flag directly follows a keyword or another flag.
 *
 * SPEC: both kinds of quotes protect blanks and are removed; the escape character makes the next character literal and
 * is removed, within quotes too; an unclosed quote ends with the line.
 */
export function matchFlag(text: string, offset: number, before: IToken[]): CustomPatternMatcherReturn | null {
  if (!text.startsWith('--', offset) || !flagsMayFollow(before)) return null
  const { escape: escapeBy } = lexingOptions()
  let written = ''
  let quote = ''
  let end = offset
  for (; end < text.length; end += 1) {
    const character = text[end] ?? ''
    if (character === escapeBy) {
      end += 1
      written += text[end] ?? ''
    } else if (quote !== '') {
      if (character === quote) quote = ''
      else written += character
    } else if (character === '"' || character === "'") quote = character
    else if (BLANK.test(character)) break
    else written += character
  }
  const match: CustomPatternMatcherReturn = [text.slice(offset, end)]
  match.payload = splitFlag(written)
  return match
}

export function matchFlagsEnd(text: string, offset: number, before: IToken[]): CustomPatternMatcherReturn | null {
  if (!text.startsWith('--', offset) || !flagsMayFollow(before)) return null
  const next = text[offset + 2]
  return next === undefined || BLANK.test(next) ? ['--'] : null
}

export function flagPayload(token: Pick<IToken, 'image' | 'payload'>): FlagPayload {
  const payload: unknown = token.payload
  if (isFlagPayload(payload)) return payload
  throw new Error(`Token ${token.image} carries no flag`)
}

function isFlagPayload(payload: unknown): payload is FlagPayload {
  return typeof payload === 'object' && payload !== null && 'name' in payload
}

/** Tokens after which no flag can follow: the arguments have started. */
const ARGUMENTS = new Set(['FlagsEnd', 'Word', 'HeredocWord', 'PairWord', 'Text', 'JsonClose', 'HealthcheckCmd'])

export function flagsMayFollow(before: IToken[]): boolean {
  const last = before.at(-1)
  return last !== undefined && !ARGUMENTS.has(last.tokenType.name)
}

function splitFlag(written: string): FlagPayload {
  const [name, value] = splitPair(written)
  return { name: name.slice(2), value }
}
