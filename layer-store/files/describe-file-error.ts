import { codeOf, messageOf } from '../../errors/index.ts'

/** SPEC: strerror(3), whose texts docker prints, too. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'disk quota exceeded',
  EEXIST: 'file exists',
  EIO: 'input/output error',
  EISDIR: 'is a directory',
  ELOOP: 'too many levels of symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'file name too long',
  ENFILE: 'too many open files in system',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
  EPERM: 'operation not permitted',
  EROFS: 'read-only file system',
}

/** Why a file cannot be used, without the system call and path that node adds. */
export function describeFileError(error: unknown): string {
  return REASONS[codeOf(error) ?? ''] ?? messageOf(error)
}
