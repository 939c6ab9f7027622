import type { Io } from '../command.ts'

/** Width of help texts: that of the terminal, also with a pager, with an upper limit for readability. */
export function helpColumns({ stdout, stderr }: Pick<Io, 'stdout' | 'stderr'>): number {
  return Math.min(stdout.columns || stderr.columns || 80, 100) // 0 if the terminal does not report its size
}
