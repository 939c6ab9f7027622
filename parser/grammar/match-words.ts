import type { CustomPatternMatcherReturn, IToken } from 'chevrotain'
import { lexingOptions } from './lexing-options.ts'

/**
 * SPEC: a JSON array counts as such only if everything up to the end of the line is one. All else that begins with a
 * bracket is text, without a word of complaint.
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

/** What is not a string in a JSON array; it's known to be valid, so that counting brackets will do. */
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
 * SPEC: quotes hold blanks together; the escape character keeps the next character from ending anything, except
 * between single quotes. Blanks at the end of the line are cut before, escaped or not.
 */
export function matchPairWord(text: string, offset: number): CustomPatternMatcherReturn | null {
  const { escape: escapeBy } = lexingOptions()
  const length = text.trimEnd().length
  let quote = ''
  let end = offset
  for (; end < length; end += 1) {
    const character = text[end] ?? ''
    if (character === escapeBy && quote !== "'") end += 1
    else if (quote !== '') {
      if (character === quote) quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if (/\s/.test(character)) break
  }
  end = Math.min(end, length)
  return end > offset ? [text.slice(offset, end)] : null
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
