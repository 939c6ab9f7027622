import type { Word } from '../ast.ts'
import type { RawArguments } from '../grammar/dockerfile-grammar.ts'
import { type InstructionInput, reportError, tokenRange } from './instruction-input.ts'

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g

/**
 * The items of a JSON array. SPEC: all must be strings; otherwise it is an error, without falling back to shell form.
 */
export function parseJsonStrings(input: InstructionInput, from: RawArguments): readonly Word[] | undefined {
  if (from.shape !== 'json') return undefined
  const other = from.items.find((item) => item.tokenType.name !== 'JsonString')
  if (other !== undefined) {
    const message = `Cannot read the JSON array: "${other.image}" is not a string (expected an array of strings only)`
    return reportError(input, {
      code: 'PARSE_JSON_NOT_STRINGS',
      message,
      range: tokenRange(input, other),
      hint: `Write "${other.image.replaceAll('"', "'")}" in double quotes`,
    })
  }
  return from.items.map((item) => ({ text: stringOf(item.image), range: tokenRange(input, item) }))
}

function stringOf(image: string): string {
  const value: unknown = JSON.parse(image)
  // A lone surrogate has no UTF-8 encoding; Go's decoder replaces it in the same way.
  return String(value).replace(LONE_SURROGATE, '\uFFFD')
}
