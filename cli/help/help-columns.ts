import type { Io } from '../command.ts'

/** Width of help texts: that of the terminal, also with a pager, but limited for readability. */
export function helpColumns({ stdout, stderr }: Pick<Io, 'stdout' | 'stderr'>): number {
  return Math.min(stdout.columns || stderr.columns || 80, 100) // 0 where a terminal does not know its size
}
