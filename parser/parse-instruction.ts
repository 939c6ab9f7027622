import type { StageInstruction } from './ast.ts'
import { type Diagnostic, problem } from './diagnostics.ts'
import { parseNextInstruction } from './parse-next-instruction.ts'
import { LogicalLines } from './source/logical-lines.ts'

export interface InstructionResult {
  /** Undefined if there is any error. */
  readonly instruction?: StageInstruction
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Parses one instruction of a stage: a trigger in a base image's `OnBuild`, or a change for `commit -c`. Heredocs
 * follow on the next lines. Never throws.
 */
export function parseInstruction(text: string, escapeBy: '\\' | '`' = '\\'): InstructionResult {
  const diagnostics: Diagnostic[] = []
  const report = (diagnostic: Diagnostic) => diagnostics.push(diagnostic)
  const lines = new LogicalLines(text, { escape: escapeBy, directiveLines: 0, report })
  const first = parseNextInstruction(lines, { escape: escapeBy, report })
  if (first === undefined)
    report(
      problem({
        code: 'PARSE_NO_INSTRUCTION',
        message: 'Cannot parse an instruction: the text is empty (expected an instruction)',
        range: START,
      }),
    )
  const { instruction } = first ?? {}
  if (instruction?.kind === 'from') {
    report(
      problem({
        code: 'PARSE_BAD_TRIGGER',
        message: 'Cannot use "FROM": it begins a stage (expected an instruction of a stage)',
        range: instruction.range,
      }),
    )
  }
  if (lines.next() !== undefined) {
    report(
      problem({ code: 'PARSE_EXTRA_TEXT', message: 'Cannot parse an instruction: more text follows it', range: START }),
    )
  }
  if (instruction === undefined || instruction.kind === 'from' || diagnostics.some(isError)) return { diagnostics }
  return { instruction, diagnostics }
}

const START = { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } }

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error'
}
