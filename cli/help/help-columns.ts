import type { Io } from '../command.ts'

/** How wide a help is: as the terminal, also where a pager is between, but no line is longer than reads well. */
export function helpColumns({ stdout, stderr }: Pick<Io, 'stdout' | 'stderr'>): number {
  return Math.min(stdout.columns || stderr.columns || 80, 100) // 0 where a terminal does not know its size
}
