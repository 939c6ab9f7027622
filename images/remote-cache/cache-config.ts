import {
  asDigest,
  asList,
  asSize,
  asText,
  asTexts,
  type Descriptor,
  type Digest,
  field,
  hexOf,
  ImageSpecError,
  type JsonShape,
  optional,
  parseUntrustedJson,
  present,
} from '../../image-spec/index.ts'
import { LAYER_TYPE } from '../transfer/layer-type.ts'

/** SPEC: BuildKit cache/remotecache/v1/spec.go */
export const CACHE_CONFIG_TYPE = 'application/vnd.buildkit.cacheconfig.v0'

/** A step's result under one of its cache keys. It contains digests only, nothing that a build uses unverified. */
export interface CacheEntry {
  /** 64 hex digits. */
  readonly key: string
  /** The layer that the step added; absent if it changed nothing. */
  readonly diffId?: Digest
  readonly facts?: Readonly<Record<string, string>>
  readonly createdAt: string
  readonly description: string
}

export interface CachedLayer {
  readonly diffId: Digest
  readonly blob: Descriptor
}

export interface CacheContent {
  readonly entries: readonly CacheEntry[]
  /** There are records, but none of them is an entry: another program wrote the cache. */
  readonly isForeign?: boolean
  /** Layers whose blobs are in the cache; with mode=min not those of every entry. */
  readonly layers: readonly CachedLayer[]
}

/**
 * Encodes a BuildKit document: each entry is one of its records, without inputs, under a digest that it never looks up.
 * What BuildKit has no field for is in our own key, which it ignores.
 */
export function writeCacheConfig({ entries, layers }: CacheContent): Uint8Array {
  const positions = new Map(layers.map(({ diffId }, position) => [diffId, position]))
  const records = entries.map((entry) => {
    const layer = entry.diffId === undefined ? undefined : positions.get(entry.diffId)
    const { createdAt } = entry
    return { ...recordOf(entry), ...(layer !== undefined && { layers: [{ layer, createdAt }] }) }
  })
  return Buffer.from(JSON.stringify({ layers: layers.map(layerDocument), records }))
}

export function recordOf({ key, diffId, createdAt, ...more }: CacheEntry): object {
  return { digest: `sha256:${key}`, tsbuild: { ...present('diffID', diffId), createdAt, ...more } }
}

export function layerDocument({ diffId, blob }: CachedLayer): object {
  return {
    blob: blob.digest,
    parent: -1,
    annotations: { mediaType: blob.mediaType, diffID: diffId, size: blob.size },
  }
}

/** Foreign and unreadable entries are skipped. Fails only if the document is of a different kind. */
export function readCacheConfig(bytes: Uint8Array): CacheContent {
  const document = { value: parseUntrustedJson(Buffer.from(bytes).toString('utf8')), at: 'cache' }
  const listed = (key: string) => optional(field(document, key), (list) => asList(list, (one) => one)) ?? []
  const records = listed('records')
  const entries = records.flatMap((shape) => ifReadable(() => readEntry(shape)))
  return {
    layers: fewOfEach(listed('layers').flatMap((shape) => ifReadable(() => readLayer(shape)))),
    entries,
    ...(records.length > 0 && entries.length === 0 && { isForeign: true }),
  }
}

/** SECURITY: each form of a layer is a file in the store, and a request when the layer is needed. */
const MAX_FORMS = 8

function fewOfEach(layers: readonly CachedLayer[]): readonly CachedLayer[] {
  const counts = new Map<Digest, number>()
  return layers.filter(({ diffId }) => {
    const count = (counts.get(diffId) ?? 0) + 1
    counts.set(diffId, count)
    return count <= MAX_FORMS
  })
}

function readLayer(shape: JsonShape): CachedLayer | undefined {
  const annotations = field(shape, 'annotations')
  const mediaType = asText(field(annotations, 'mediaType'))
  if (!LAYER_TYPE.test(mediaType)) return undefined
  const digest = asDigest(field(shape, 'blob'))
  return {
    diffId: asDigest(field(annotations, 'diffID')),
    blob: { mediaType, digest, size: asSize(field(annotations, 'size')) },
  }
}

function readEntry(shape: JsonShape): CacheEntry | undefined {
  const own = field(shape, 'tsbuild')
  if (own.value === undefined) return undefined // BuildKit's
  const createdAt = asText(field(own, 'createdAt'))
  if (Number.isNaN(Date.parse(createdAt)) || createdAt.length > MAX_TIME_LENGTH) return undefined
  return {
    key: hexOf(asDigest(field(shape, 'digest'))),
    ...present('diffId', optional(field(own, 'diffID'), asDigest)),
    ...present('facts', optional(field(own, 'facts'), asTexts)),
    createdAt,
    description: asText(field(own, 'description')).slice(0, MAX_DESCRIPTION_LENGTH),
  }
}

const MAX_TIME_LENGTH = 40
const MAX_DESCRIPTION_LENGTH = 10_000

export function ifReadable<T>(read: () => T | undefined): readonly T[] {
  try {
    const found = read()
    return found === undefined ? [] : [found]
  } catch (error) {
    if (error instanceof ImageSpecError) return []
    throw error
  }
}
