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
    yield* cratesOf(isRecord(document) ? document['packages'] : undefined, path, ({ kind }) => kind !== 'build')
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
    yield* cratesOf(isRecord(document) ? document['package'] : undefined, path, ({ source }) => source !== undefined)
  },
}

type Crate = Readonly<Record<string, unknown>>

function cratesOf(list: unknown, path: string, isWanted: (crate: Crate) => boolean): readonly Package[] {
  return (Array.isArray(list) ? list : []).filter(isRecord).flatMap((crate) => {
    const found = named(crate['name'], crate['version'])
    return found === undefined || !isWanted(crate) ? [] : [{ type: 'cargo', ...found, locations: [path] }]
  })
}
