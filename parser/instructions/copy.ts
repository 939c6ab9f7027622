import type { AddInstruction, CopyInstruction, Flag, Heredoc, Word } from '../ast.ts'
import { problem } from '../diagnostics.ts'
import { expandWord } from '../expand/expand.ts'
import { parseHeredocMark } from '../source/heredoc.ts'
import { parseWordList } from './arguments.ts'
import { parseFlags } from './flags.ts'
import { baseFields, type InstructionInput, nameOf, reportError } from './instruction-input.ts'

const COPY_FLAGS = {
  from: 'value',
  chown: 'value',
  chmod: 'value',
  link: 'switch',
  parents: 'switch',
  exclude: 'list',
} as const

const ADD_FLAGS = {
  chown: 'value',
  chmod: 'value',
  link: 'switch',
  exclude: 'list',
  'keep-git-dir': 'switch',
  checksum: 'value',
  unpack: 'switch',
} as const

/** SPEC: dockerfile reference#copy. */
export function parseCopy(input: InstructionInput): CopyInstruction | undefined {
  const flags = parseFlags(input, COPY_FLAGS)
  const paths = parsePaths(input)
  if (flags === undefined || paths === undefined || hasVariableInFrom(input, flags)) return undefined
  return { kind: 'copy', ...baseFields(input), flags, ...paths }
}

/** SPEC: dockerfile reference#add. */
export function parseAdd(input: InstructionInput): AddInstruction | undefined {
  const flags = parseFlags(input, ADD_FLAGS)
  const paths = parsePaths(input)
  return flags && paths && { kind: 'add', ...baseFields(input), flags, ...paths }
}

interface Paths {
  readonly sources: readonly Word[]
  readonly heredocs: readonly Heredoc[]
  readonly destination: Word
}

function parsePaths(input: InstructionInput): Paths | undefined {
  const words = parseWordList(input)
  if (words === undefined) return undefined
  const destination = words.at(-1)
  if (destination === undefined || words.length < 2) {
    const found = words.length === 0 ? 'it has no arguments' : 'it has one argument and no destination'
    const message = `Cannot use "${nameOf(input)}": ${found} (expected at least one source, and the destination last)`
    return reportError(input, { code: 'PARSE_MISSING_ARGUMENT', message })
  }
  const isMark = heredocTest(input)
  if (isMark(destination)) {
    const message = `Cannot use "${destination.text}" as a destination: it is a heredoc (expected a path, and heredocs before it)`
    return reportError(input, { code: 'PARSE_HEREDOC_DESTINATION', message, range: destination.range })
  }
  const sources = words.slice(0, -1).filter((word) => !isMark(word))
  return { sources, heredocs: input.heredocs, destination }
}

/** In JSON form, nothing is a heredoc. */
function heredocTest(input: InstructionInput): (word: Word) => boolean {
  if (input.raw.arguments.shape === 'json') return () => false
  return (word) => parseHeredocMark(word.text) !== undefined
}

/** SPEC: the name is not expanded: a variable cannot name a stage, nor can a word that expansion would change. */
function hasVariableInFrom(input: InstructionInput, flags: readonly Flag[]): boolean {
  const from = flags.find(({ name }) => name === 'from')
  if (from?.value === undefined || !isChangedByExpansion(from.value, input)) return false
  const message = `Cannot use the flag "--from=${from.value}": variables are not expanded (expected the name of a stage or image)`
  const hint = 'Define a stage with FROM and a global ARG, and use its name here'
  input.report({ ...problem({ code: 'PARSE_VARIABLE_IN_FROM', message, range: from.range, hint }), isLate: true })
  return true
}

function isChangedByExpansion(word: string, input: InstructionInput): boolean {
  const expanded = expandWord(word, { get: () => undefined }, { escape: input.escape })
  return expanded.problem !== undefined || expanded.value !== word
}
