import { INLINE_CACHE_KEY, type Manifest, parseImageConfig, parseUntrustedJson } from '../../image-spec/index.ts'
import { type CacheEntry, layerDocument, recordOf } from './cache-config.ts'

/** Unparsed parts of a cache's configuration. */
export interface CacheParts {
  readonly layers: readonly unknown[]
  readonly records: readonly unknown[]
}

const NOTHING: CacheParts = { layers: [], records: [] }

/**
 * Value of the key in an image's configuration. SPEC: BuildKit cache/remotecache/inline: only the records, in base64.
 */
export function writeInlineCache(entries: readonly CacheEntry[]): string {
  return Buffer.from(JSON.stringify(entries.map(recordOf))).toString('base64')
}

/**
 * The cache in an image's configuration. SPEC: BuildKit cache/remotecache/import.go: its layers are the manifest's.
 * Undefined if there is none; fails if it is not an image configuration.
 */
export function readInlineCache({ layers }: Manifest, config: Uint8Array): CacheParts | undefined {
  const document: unknown = parseUntrustedJson(Buffer.from(config).toString('utf8'))
  const value: unknown =
    typeof document === 'object' && document !== null ? Reflect.get(document, INLINE_CACHE_KEY) : undefined
  if (typeof value !== 'string') return undefined
  const { diff_ids: diffIds } = parseImageConfig(config).rootfs
  const records: unknown = parseUntrustedJson(Buffer.from(value, 'base64').toString('utf8'))
  if (!Array.isArray(records) || diffIds.length !== layers.length) return NOTHING
  const described = layers.flatMap((blob, position) => {
    const diffId = diffIds[position]
    return diffId === undefined ? [] : [layerDocument({ diffId, blob })]
  })
  return { layers: described, records }
}
