import { codeOf, messageOf } from '../../layer-store/index.ts'

/** Why a path can't be used: that nothing is there needs no system call to be named. */
export function describeFileError(cause: unknown): string {
  const code = codeOf(cause)
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'not found'
  return messageOf(cause)
}
