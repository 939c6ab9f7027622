import type { Distribution, Package } from '../package.ts'

/** A file that a package manager keeps, or a section of a program. */
export interface DatabaseFile {
  readonly path: string
  readonly bytes: Buffer
  readonly distribution: Distribution | undefined
}

/** One kind of package database. */
export interface Database {
  /** The files to read, as in an ignore file. */
  readonly patterns: readonly string[]
  /** The same, to distinguish its files from those of others. */
  readonly files?: RegExp
  /** The section to read of each ELF program. */
  readonly section?: string
  /** Everything in the file is hostile: what is not a package is passed to `note`, and nothing is thrown. */
  read(file: DatabaseFile, note: (reason: string) => void): Iterable<Package>
}

export const MAX_TEXT = 2048

/** A name or version from a file, if it can be one: some visible text on one line. */
export function asWord(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  return text !== '' && text.length <= MAX_TEXT && !hasControls(text) ? text : undefined
}

/** Half of a surrogate pair, which JSON can hold, has no form in UTF-8. */
function hasControls(text: string): boolean {
  return /[\p{Cc}\p{Surrogate}\ufffd]/u.test(text)
}

/** Both are needed to name a package. */
export function named(
  name: unknown,
  version: unknown,
): { readonly name: string; readonly version: string } | undefined {
  const [word, number] = [asWord(name), asWord(version)]
  return word === undefined || number === undefined ? undefined : { name: word, version: number }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
