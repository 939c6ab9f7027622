import type { Flag, SourceRange } from '../../../parser/index.ts'

/** The parser has checked names, repetitions and kinds of flags; they are only read here. */
interface FlagOwner {
  readonly flags: readonly Flag[]
}

export interface FlagValue {
  readonly value: string
  readonly range: SourceRange
}

export function findFlag(instruction: FlagOwner, name: string): FlagValue | undefined {
  return listFlags(instruction, name)[0]
}

export function listFlags({ flags }: FlagOwner, name: string): readonly FlagValue[] {
  return flags.filter((flag) => flag.name === name).map(({ value = '', range }) => ({ value, range }))
}

/** A flag given without a value or as true or false; undefined if absent. */
export function findSwitch({ flags }: FlagOwner, name: string): boolean | undefined {
  const flag = flags.find((candidate) => candidate.name === name)
  return flag && (flag.value ?? 'true').toLowerCase() === 'true'
}
