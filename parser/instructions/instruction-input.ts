import type { Heredoc, InstructionBase, SourceRange, Word } from '../ast.ts'
import { type Problem, problem, type Report } from '../diagnostics.ts'
import type { RawInstruction, Token } from '../grammar/dockerfile-grammar.ts'
import { trimBlanks, trimBlanksEnd } from '../source/blanks.ts'
import type { LogicalLine } from '../source/logical-line.ts'

/** Input for parsing an instruction. */
export interface InstructionInput {
  readonly line: LogicalLine
  readonly raw: RawInstruction
  /** Where the instruction starts in its line: after ONBUILD for a trigger, else 0. */
  readonly start: number
  readonly escape: '\\' | '`'
  readonly heredocs: readonly Heredoc[]
  /** The heredoc bodies as written. */
  readonly bodies: readonly { readonly name: string; readonly body: string }[]
  readonly report: Report
}

export function baseFields(input: InstructionInput): InstructionBase {
  const { line, raw, start } = input
  const end = trimBlanksEnd(line.text).length
  return {
    range: start === 0 ? line.extent(raw.keyword.startOffset, end) : line.range(raw.keyword.startOffset, end),
    text: trimBlanks(line.text.slice(start)),
    keyword: raw.keyword.image,
    ...(start === 0 && line.comment !== undefined && { comment: line.comment }),
    ...(start === 0 && line.blankLines.length > 0 && { blankLines: line.blankLines }),
  }
}

export function tokenRange(input: InstructionInput, token: Token): SourceRange {
  return input.line.range(token.startOffset, token.startOffset + token.image.length)
}

export function wordOf(input: InstructionInput, token: Token): Word {
  return { text: token.image, range: tokenRange(input, token) }
}

/** The upper-case name of the instruction, for messages. */
export function nameOf(input: InstructionInput): string {
  return input.raw.keyword.image.toUpperCase()
}

export interface InstructionProblem extends Omit<Problem, 'range'> {
  /** Default: the whole instruction. */
  readonly range?: SourceRange
}

export function reportError(input: InstructionInput, found: InstructionProblem): undefined {
  input.report(problem({ ...found, range: found.range ?? baseFields(input).range }))
  return undefined
}
