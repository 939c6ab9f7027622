import type { ArgInstruction, EnvInstruction, KeyValue, LabelInstruction, Word } from '../ast.ts'
import type { Token } from '../grammar/dockerfile-grammar.ts'
import { trimBlanksEnd } from '../source/blanks.ts'
import { reportMissing } from './arguments.ts'
import { ignoreFlags, parseFlags } from './flags.ts'
import { baseFields, type InstructionInput, nameOf, reportError, tokenRange, wordOf } from './instruction-input.ts'

const NEEDED = '<name>=<value>'

/** SPEC: dockerfile reference#env. */
export function parseEnv(input: InstructionInput): EnvInstruction | undefined {
  const pairs = parseFlags(input, {}) && parsePairs(input)
  return pairs && { kind: 'env', ...baseFields(input), ...pairs }
}

/** SPEC: dockerfile reference#label. */
export function parseLabel(input: InstructionInput): LabelInstruction | undefined {
  const pairs = parseFlags(input, {}) && parsePairs(input)
  return pairs && { kind: 'label', ...baseFields(input), ...pairs }
}

/** SPEC: dockerfile reference#arg. */
export function parseArg(input: InstructionInput): ArgInstruction | undefined {
  ignoreFlags(input)
  const tokens = tokensOf(input)
  if (tokens.length === 0) return reportMissing(input, '<name> or <name>=<default>')
  const args: { name: Word; default?: Word }[] = []
  for (const token of tokens) {
    const pair = splitPair(input, token)
    if (pair === undefined) args.push({ name: wordOf(input, token) })
    else if (pair.key.text === '') return reportNoName(input, token)
    else args.push({ name: pair.key, default: pair.value })
  }
  return { kind: 'arg', ...baseFields(input), args }
}

interface Pairs {
  readonly pairs: readonly KeyValue[]
  readonly legacy: boolean
}

function parsePairs(input: InstructionInput): Pairs | undefined {
  const tokens = tokensOf(input)
  const first = tokens[0]
  if (first === undefined) return reportMissing(input, NEEDED)
  if (!first.image.includes('=')) return parseLegacy(input, first)
  const pairs: KeyValue[] = []
  for (const token of tokens) {
    const pair = splitPair(input, token)
    if (pair === undefined) {
      const message = `Cannot use "${nameOf(input)}": "${token.image}" has no "=" (expected ${NEEDED} for each)`
      const hint = 'Quote values that contain spaces'
      return reportError(input, { code: 'PARSE_BAD_PAIR', message, range: tokenRange(input, token), hint })
    }
    if (pair.key.text === '') return reportNoName(input, token)
    pairs.push(pair)
  }
  return { pairs, legacy: false }
}

/** SPEC: `ENV name the rest of the line` if the first word has no `=`. The rest is a single value. */
function parseLegacy(input: InstructionInput, first: Token): Pairs | undefined {
  const { text } = input.line
  const from = first.startOffset
  const keyLength = text.slice(from).search(/[\t\v\f\r ]/)
  const value = keyLength === -1 ? '' : trimBlanksEnd(text.slice(from + keyLength).replace(/^[\t\v\f\r ]+/, ''))
  if (value === '') {
    const message = `Cannot use "${nameOf(input)}": "${first.image}" has no value (expected ${NEEDED})`
    return reportError(input, {
      code: 'PARSE_BAD_PAIR',
      message,
      range: wordAt(input, from, trimBlanksEnd(text).length).range,
    })
  }
  const valueStart = text.indexOf(value, from + keyLength)
  const key = wordAt(input, from, from + keyLength)
  return { pairs: [{ key, value: wordAt(input, valueStart, valueStart + value.length) }], legacy: true }
}

/** The parts before and after the first `=`; undefined if there is none. */
function splitPair(input: InstructionInput, { image, startOffset: start }: Token): KeyValue | undefined {
  const equals = image.indexOf('=')
  if (equals === -1) return undefined
  return {
    key: wordAt(input, start, start + equals),
    value: wordAt(input, start + equals + 1, start + image.length),
  }
}

function tokensOf(input: InstructionInput): readonly Token[] {
  return input.raw.arguments.shape === 'words' ? input.raw.arguments.words : []
}

function wordAt(input: InstructionInput, start: number, end: number): Word {
  return { text: input.line.text.slice(start, end), range: input.line.range(start, end) }
}

function reportNoName(input: InstructionInput, token: Token): undefined {
  const message = `Cannot use "${nameOf(input)}": "${token.image}" has no name before the "=" (expected ${NEEDED})`
  return reportError(input, { code: 'PARSE_BAD_PAIR', message, range: tokenRange(input, token) })
}
