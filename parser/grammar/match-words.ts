import type { CustomPatternMatcherReturn, IToken } from 'chevrotain'
import { BLANK } from '../source/blanks.ts'
import { lexingOptions } from './lexing-options.ts'
import { flagsMayFollow } from './match-flag.ts'

/**
 * SPEC: an array counts as JSON only if it extends to the end of the line. Anything else that starts with a bracket is
 * plain text, without a warning.
 */
export function matchJsonOpen(text: string, offset: number, before: IToken[]): CustomPatternMatcherReturn | null {
  if (text[offset] !== '[' || !isFirstArgument(before)) return null
  try {
    JSON.parse(text.slice(offset))
    return ['[']
  } catch {
    return null
  }
}

/** A non-string item of a JSON array, which is known to be valid: counting brackets suffices. */
export function matchJsonOther(text: string, offset: number): CustomPatternMatcherReturn | null {
  let depth = 0
  let end = offset
  for (; end < text.length; end += 1) {
    const character = text[end]
    if (character === '"') end = endOfJsonString(text, end)
    else if (character === '[' || character === '{') depth += 1
    else if (depth === 0 && (character === ',' || character === ']')) break
    else if (character === ']' || character === '}') depth -= 1
    else if (depth === 0 && (character === ' ' || character === '\t')) break
  }
  return end > offset ? [text.slice(offset, end)] : null
}

/** `<<EOF`, `3<<-"EOF"`. */
export function matchHeredocWord(text: string, offset: number): CustomPatternMatcherReturn | null {
  const match = /\d*<<-?[^<\t\v\f\r ]+(?=[\t\v\f\r ]|$)/y
  match.lastIndex = offset
  const found = match.exec(text)
  return found === null ? null : [found[0]]
}

/**
 * A word of ENV, LABEL or ARG, kept as written.
 *
 * SPEC: quotes protect blanks; the escape character protects the next character, except within single quotes.
 */
export function matchPairWord(text: string, offset: number): CustomPatternMatcherReturn | null {
  const { escape: escapeBy } = lexingOptions()
  let quote = ''
  let end = offset
  for (; end < text.length; end += 1) {
    const character = text[end] ?? ''
    if (character === escapeBy && quote !== "'") end += 1
    else if (quote !== '') {
      if (character === quote) quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if (BLANK.test(character)) break
  }
  end = Math.min(end, text.length)
  return end > offset ? [text.slice(offset, end)] : null
}

/** The rest of the line. */
export function matchText(text: string, offset: number): CustomPatternMatcherReturn | null {
  return offset < text.length && !BLANK.test(text[offset] ?? '') ? [text.slice(offset)] : null
}

/** SPEC: pairs are separated by any blank, other words by the common ones. */
export function matchBlanks(text: string, offset: number): CustomPatternMatcherReturn | null {
  let end = offset
  while (BLANK.test(text[end] ?? '')) end += 1
  return end === offset ? null : [text.slice(offset, end)]
}

/** Any blanks before the first argument. */
export function matchLeadingBlanks(text: string, offset: number, before: IToken[]): CustomPatternMatcherReturn | null {
  return flagsMayFollow(before) ? matchBlanks(text, offset) : null
}

function isFirstArgument(before: IToken[]): boolean {
  const last = before.at(-1)?.tokenType.name
  return last !== 'Word' && last !== 'HeredocWord'
}

function endOfJsonString(text: string, start: number): number {
  let end = start + 1
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1
  return end
}
