import { asWord, MAX_TEXT, named } from '../database.ts'

/** SPEC: rpm, header tags and types. */
const Tag = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  vendor: 1011,
  license: 1014,
  arch: 1022,
  sourceRpm: 1044,
} as const
const INT32 = 4
const TEXTS: ReadonlySet<number> = new Set([6, 9])
const ENTRY_BYTES = 16
const MAX_ENTRIES = 1 << 16

export interface PackageHeader {
  readonly name: string
  /** Includes the release. */
  readonly version: string
  readonly epoch: number | undefined
  readonly arch: string | undefined
  readonly license: string | undefined
  readonly vendor: string | undefined
  readonly sourceRpm: string | undefined
}

/**
 * A header in the database's format: counts, an index of tags, and their values. Undefined if it has no package name.
 */
export function parsePackageHeader(bytes: Buffer): PackageHeader | undefined {
  if (bytes.length < 8) return undefined
  const count = bytes.readUInt32BE(0)
  const values = 8 + count * ENTRY_BYTES
  if (count > MAX_ENTRIES || values > bytes.length) return undefined
  const places = new Map<number, { readonly type: number; readonly at: number }>()
  for (let at = 8; at < values; at += ENTRY_BYTES)
    places.set(bytes.readUInt32BE(at), { type: bytes.readUInt32BE(at + 4), at: values + bytes.readUInt32BE(at + 8) })
  const text = (tag: number): string | undefined => {
    const place = places.get(tag)
    if (place === undefined || !TEXTS.has(place.type)) return undefined
    const rest = bytes.subarray(place.at, place.at + MAX_TEXT + 1)
    const end = rest.indexOf(0)
    return end === -1 ? undefined : asWord(rest.toString('utf8', 0, end))
  }
  const epoch = places.get(Tag.epoch)
  const hasEpoch = epoch !== undefined && epoch.type === INT32 && epoch.at + 4 <= bytes.length
  const found = named(text(Tag.name), [text(Tag.version), text(Tag.release)].join('-').replace(/-$/, ''))
  if (found === undefined || text(Tag.version) === undefined) return undefined
  return {
    ...found,
    epoch: hasEpoch ? bytes.readUInt32BE(epoch.at) : undefined,
    arch: text(Tag.arch),
    license: text(Tag.license),
    vendor: text(Tag.vendor),
    sourceRpm: text(Tag.sourceRpm),
  }
}
