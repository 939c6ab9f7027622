import type { SandboxError } from '../../sandbox-native/driver/index.ts'

/** Hint for a command that cannot be started: usually an option after the image, or a command line as one word. */
export function hintForCommand(cause: SandboxError, argv: readonly string[]): { readonly hint?: string } {
  const hint = cause.code === 'SANDBOX_COMMAND_MISSING' ? (cause.hint ?? hintForName(argv[0] ?? '')) : cause.hint
  return { ...(hint !== undefined && { hint }) }
}

function hintForName(name: string): string | undefined {
  if (name.startsWith('-')) return 'Specify options before the image: what follows it is the command'
  if (/\s/.test(name)) return 'Write the command and its arguments as separate words, or run them with sh -c'
  return undefined
}
