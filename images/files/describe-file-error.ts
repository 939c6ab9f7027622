/** Why a path can't be used: that nothing is there needs no system call to be named. */
export function describeFileError(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'not found'
  return cause instanceof Error ? cause.message : String(cause)
}
