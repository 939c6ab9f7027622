import type { OnbuildInstruction, StageInstruction } from '../ast.ts'
import type { Report } from '../diagnostics.ts'
import { reportMissing } from './arguments.ts'
import { parseFlags } from './flags.ts'
import { baseFields, type InstructionInput, reportError, tokenRange } from './instruction-input.ts'

/** Docker parses the pairs of these when it reads the file. */
const READ_NOW = new Set(['ENV', 'LABEL'])

/** Instructions not allowed as triggers. */
const REFUSED = new Set(['ONBUILD', 'FROM', 'MAINTAINER'])

/**
 * SPEC: dockerfile reference#onbuild. `parse` parses the trigger, to report mistakes now; as in BuildKit they fail only
 * the child that runs it, which another builder with more instructions may build.
 */
export function parseOnbuild(
  input: InstructionInput,
  parse: (trigger: InstructionInput) => StageInstruction | undefined,
): OnbuildInstruction | undefined {
  const from = input.raw.arguments
  if (parseFlags(input, {}) === undefined) return undefined
  if (from.shape !== 'instruction') return reportMissing(input, 'the instruction for the child')
  const { keyword } = from.instruction
  const name = keyword.image.toUpperCase()
  if (REFUSED.has(name)) {
    const message = `Cannot use "${name}" in ONBUILD: not allowed as a trigger (expected any instruction except FROM, MAINTAINER and ONBUILD)`
    return reportError(input, { code: 'PARSE_BAD_TRIGGER', message, range: tokenRange(input, keyword) })
  }
  const report = READ_NOW.has(name) ? input.report : warnOf(input.report)
  const instruction = parse({ ...input, report, raw: from.instruction, start: keyword.startOffset })
  if (instruction === undefined && READ_NOW.has(name)) return undefined
  const fields = { kind: 'onbuild', ...baseFields(input), trigger: triggerText(input) } as const
  return instruction === undefined ? fields : { ...fields, instruction }
}

function warnOf(report: Report): Report {
  return (diagnostic) => report({ ...diagnostic, severity: 'warning' })
}

/** SPEC: the text after ONBUILD, and each heredoc with its body and terminator on separate lines. */
function triggerText(input: InstructionInput): string {
  const text = input.line.text.slice(input.start).replace(/^\s*onbuild\s*/i, '')
  return text + input.bodies.map(({ name, body }) => `\n${body}${name}`).join('')
}
