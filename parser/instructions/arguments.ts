import type { Word } from '../ast.ts'
import { type InstructionInput, nameOf, reportError, wordOf } from './instruction-input.ts'
import { parseJsonStrings } from './json-strings.ts'

/** Words separated by blanks, or the strings of a JSON array. */
export function parseWordList(input: InstructionInput): readonly Word[] | undefined {
  const from = input.raw.arguments
  if (from.shape === 'none') return []
  if (from.shape === 'words') return from.words.map((token) => wordOf(input, token))
  return parseJsonStrings(input, from)
}

/** The rest of the line as one word. */
export function parseOneText(input: InstructionInput, needed: string): Word | undefined {
  const from = input.raw.arguments
  if (from.shape === 'text') return wordOf(input, from.text)
  return reportMissing(input, needed)
}

export function reportMissing(input: InstructionInput, needed: string): undefined {
  const message = `Cannot use "${nameOf(input)}": it has no argument (expected ${needed})`
  return reportError(input, { code: 'PARSE_MISSING_ARGUMENT', message })
}
