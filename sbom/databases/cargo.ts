import { inflateSync } from 'node:zlib'
import { parse } from 'smol-toml'
import type { Package } from '../package.ts'
import { type Database, isRecord, named } from './database.ts'
import { jsonOf } from './json-of.ts'

const MAX_BYTES = 16 << 20

/**
 * SPEC: cargo-auditable: a compressed JSON document in the program. Only packages linked into the program are listed.
 */
export const cargoAuditable: Database = {
  patterns: [],
  section: '.dep-v0',
  *read({ path, bytes }, note) {
    let inflated: Buffer
    try {
      inflated = inflateSync(bytes, { maxOutputLength: MAX_BYTES })
    } catch {
      return note('its list of crates is damaged')
    }
    const document = jsonOf(inflated, note)
    if (!isRecord(document)) return
    yield* cratesOf(document['packages'], { path, note, isWanted: ({ kind }) => kind !== 'build' })
  },
}

/** SPEC: The Cargo Book, Cargo.lock. */
export const cargoLock: Database = {
  patterns: ['**/Cargo.lock'],
  files: /\/Cargo\.lock$/,
  *read({ path, bytes }, note) {
    if (bytes.length > MAX_BYTES) return note(`it has ${bytes.length} bytes (at most ${MAX_BYTES} are read)`)
    let document: unknown
    try {
      document = parse(bytes.toString('utf8'))
    } catch {
      return note('it is not TOML')
    }
    // A crate without a source is the project itself, or a part of it.
    if (!isRecord(document)) return
    yield* cratesOf(document['package'], { path, note, isWanted: ({ source }) => source !== undefined })
  },
}

type Crate = Readonly<Record<string, unknown>>

interface CrateList {
  readonly path: string
  readonly note: (reason: string) => void
  readonly isWanted: (crate: Crate) => boolean
}

/** A project without dependencies may have no list. */
function* cratesOf(list: unknown = [], { path, note, isWanted }: CrateList): Iterable<Package> {
  if (!Array.isArray(list)) return note('its list of crates is damaged')
  let unnamed = 0
  for (const crate of list) {
    const found = isRecord(crate) ? named(crate['name'], crate['version']) : undefined
    if (isRecord(crate) && !isWanted(crate)) continue
    if (found === undefined) unnamed += 1
    else yield { type: 'cargo', ...found, locations: [path] }
  }
  if (unnamed > 0) note(`${unnamed} of its crates have no name and version`)
}
