/** Looked for by hand: the flags may be what is wrong, and nothing is parsed yet where the program is loaded. */
export function hasDebugFlag(args: readonly string[], env: Readonly<Record<string, string | undefined>>): boolean {
  return args.includes('--debug') || args.includes('-D') || (env['TSBUILD_DEBUG'] ?? '') !== ''
}
