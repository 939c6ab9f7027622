/** Checked separately: the flags may be invalid, and are not parsed yet when the program is loaded. */
export function hasDebugFlag(args: readonly string[], env: Readonly<Record<string, string | undefined>>): boolean {
  return args.includes('--debug') || args.includes('-D') || (env['TSBUILD_DEBUG'] ?? '') !== ''
}
