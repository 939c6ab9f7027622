import type { SandboxError } from '../../sandbox-native/driver/index.ts'

/** What options must precede: the first operand of `run` or of `exec`. */
type Operand = 'image' | 'container'

interface CommandLine {
  readonly operand: Operand
  readonly name: string
}

/** Hint for a command that cannot be started. */
export function hintForCommand(cause: SandboxError, command: CommandLine): { readonly hint?: string } {
  const hint = cause.code === 'SANDBOX_COMMAND_MISSING' ? (cause.hint ?? hintForMissing(command)) : cause.hint
  return { ...(hint !== undefined && { hint }) }
}

/** Hint for a missing command: usually it is an option after the operand, or a command line as one word. */
export function hintForMissing({ operand, name }: CommandLine): string | undefined {
  if (name.startsWith('-')) return `Specify options before the ${operand}: what follows it is the command`
  if (/\s/.test(name)) return 'Write the command and its arguments as separate words, or run them with sh -c'
  return undefined
}
