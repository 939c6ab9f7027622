import type { Io } from '../command.ts'

/** How wide a help is: as the terminal, but no line is longer than reads well. */
export function helpColumns({ stdout }: Pick<Io, 'stdout'>): number {
  return Math.min(stdout.columns || 100, 100) // 0 where a terminal does not know its size
}
