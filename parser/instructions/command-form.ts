import type { CommandForm } from '../ast.ts'
import type { RawArguments } from '../grammar/dockerfile-grammar.ts'
import { type InstructionInput, reportError } from './instruction-input.ts'
import { parseJsonStrings } from './json-strings.ts'

/** Exec form if the arguments are a JSON array, else shell form (also for an empty text). */
export function parseCommandForm(input: InstructionInput, from: RawArguments): CommandForm | undefined {
  if (from.shape === 'none') return { form: 'shell', text: '' }
  if (from.shape === 'text') return { form: 'shell', text: from.text.image }
  const words = parseJsonStrings(input, from)
  return words && { form: 'exec', argv: words.map(({ text }) => text) }
}

/** An exec form without a program cannot run. */
export function refuseEmptyExec(input: InstructionInput, command: CommandForm): CommandForm | undefined {
  if (command.form === 'shell' || command.argv.length > 0) return command
  return reportError(input, {
    code: 'PARSE_MISSING_ARGUMENT',
    message: `Cannot run "${input.raw.keyword.image} []": the array is empty (expected a program and its arguments)`,
  })
}
