import type { Distribution, Package } from '../package.ts'

/** A package manager's file, or a section of a program. */
export interface DatabaseFile {
  readonly path: string
  readonly bytes: Buffer
  readonly distribution: Distribution | undefined
}

/** One kind of package database. */
export interface Database {
  /** The files to read, as in an ignore file. */
  readonly patterns: readonly string[]
  /** Matches the same files, to distinguish them from those of other databases. */
  readonly files?: RegExp
  /** The section to read of each ELF program. */
  readonly section?: string
  /** The content is untrusted: anything that is not a package is passed to `note`; never throws. */
  read(file: DatabaseFile, note: (reason: string) => void): Iterable<Package>
}

export const MAX_TEXT = 2048

/** A valid name or version: visible text on one line. */
export function asWord(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  return text !== '' && text.length <= MAX_TEXT && !hasControls(text) ? text : undefined
}

/** A lone surrogate, which JSON can contain, has no UTF-8 encoding. */
function hasControls(text: string): boolean {
  return /[\p{Cc}\p{Surrogate}\ufffd]/u.test(text)
}

/** A package needs both name and version. */
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
