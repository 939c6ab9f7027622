import { resolve } from 'node:path'
import type { Io } from '../command.ts'
import { usageError } from '../errors.ts'

export const archiveOutputFlag = {
  kind: 'string',
  short: 'o',
  ignoresEmpty: true,
  value: 'file',
  help: 'Write to a file instead of standard output',
  completes: 'file',
} as const

/** The path of the file, or standard output, which must not be a terminal. */
export function archiveOutput(io: Io, file: string | undefined): string | Io['stdout'] {
  if (file !== undefined) return resolve(io.cwd, file)
  if (io.stdout.isTTY === true) {
    throw usageError('Cannot write an archive to standard output: it is a terminal (use -o file, or a pipe)')
  }
  return io.stdout
}
