import type { CmdInstruction, EntrypointInstruction, ShellInstruction } from '../ast.ts'
import { reportMissing } from './arguments.ts'
import { parseCommandForm } from './command-form.ts'
import { parseFlags } from './flags.ts'
import { baseFields, type InstructionInput, reportError } from './instruction-input.ts'

/**
 * SPEC: dockerfile reference#cmd. `CMD []` clears the command; an empty shell form runs a shell with an empty command.
 */
export function parseCmd(input: InstructionInput): CmdInstruction | undefined {
  const command = parseFlags(input, {}) && parseCommandForm(input, input.raw.arguments)
  return command && { kind: 'cmd', ...baseFields(input), command }
}

/** SPEC: dockerfile reference#entrypoint. */
export function parseEntrypoint(input: InstructionInput): EntrypointInstruction | undefined {
  const command = parseFlags(input, {}) && parseCommandForm(input, input.raw.arguments)
  return command && { kind: 'entrypoint', ...baseFields(input), command }
}

/** SPEC: dockerfile reference#shell: a non-empty JSON array only. */
export function parseShell(input: InstructionInput): ShellInstruction | undefined {
  const needed = 'a JSON array of strings, such as ["/bin/bash", "-c"]'
  const command = parseFlags(input, {}) && parseCommandForm(input, input.raw.arguments)
  if (command === undefined) return undefined
  if (command.form === 'exec' && command.argv.length > 0) {
    return { kind: 'shell', ...baseFields(input), argv: command.argv }
  }
  if (command.form === 'exec' || command.text === '') return reportMissing(input, needed)
  const message = `Cannot use "SHELL ${command.text}": not in JSON form (expected ${needed})`
  const words = command.text.split(/\s+/).map((word) => JSON.stringify(word))
  return reportError(input, { code: 'PARSE_SHELL_NOT_JSON', message, hint: `Write SHELL [${words.join(', ')}]` })
}
