/** `ENOENT`, `STORE_BUSY`, …: codes of system calls, Node, the native binary and tsbuild's errors. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

export function hasCode(error: unknown, ...codes: readonly string[]): error is Error & { readonly code: string } {
  const code = codeOf(error)
  return code !== undefined && codes.includes(code)
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
