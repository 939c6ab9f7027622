import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { type Descriptor, type Digest, type ImageReference, ImageSpecError } from '../../image-spec/index.ts'
import type { Chain, LayerCompression, LayerStore, RemoteForm } from '../../layer-store/index.ts'
import { transferAll } from '../transfer/transfer-all.ts'
import {
  CACHE_CONFIG_TYPE,
  type CacheContent,
  type CachedLayer,
  type CacheEntry,
  readCacheConfig,
  writeCacheConfig,
} from './cache-config.ts'
import type { CacheBackend } from './cache-location.ts'
import { badCache } from './read-capped.ts'

/** The content of the cache; undefined if there is no cache yet. Fetches no layers. */
export async function readCache(
  backend: CacheBackend,
  signal: AbortSignal | undefined,
): Promise<CacheContent | undefined> {
  try {
    const bytes = await backend.readConfig(CACHE_CONFIG_TYPE, signal)
    return bytes && readCacheConfig(bytes)
  } catch (cause) {
    if (!(cause instanceof ImageSpecError || cause instanceof SyntaxError)) throw cause
    throw badCache(backend.name, cause.message, { cause })
  }
}

export interface CacheWrite {
  readonly store: LayerStore
  readonly backend: CacheBackend
  readonly entries: readonly CacheEntry[]
  /** Layers to write with it: each is the last one of its chain. */
  readonly layers: readonly WrittenLayer[]
  readonly compression: LayerCompression
  /** Images that the build pushes. */
  readonly near: readonly ImageReference[]
}

export interface WrittenLayer {
  readonly diffId: Digest
  readonly chain: () => Promise<Chain>
  readonly id: Chain[number]
}

/** Writes blobs first, then the document that refers to them: if interrupted, the previous cache stays intact. */
export async function writeCache(write: CacheWrite, signal: AbortSignal | undefined): Promise<void> {
  const { backend, entries } = write
  const layers = await transferAll(write.layers, signal, (layer, stop) => putLayer(write, layer, stop))
  const content: CacheContent = { entries, layers }
  const config = writeCacheConfig(content)
  const described = layers.map(({ blob, diffId }) => ({
    mediaType: blob.mediaType,
    digest: blob.digest,
    size: blob.size,
    // SPEC: BuildKit cache/remotecache/v1/chains.go
    annotations: { 'containerd.io/uncompressed': diffId },
  }))
  await backend.publish({ type: CACHE_CONFIG_TYPE, config, layers: described }, signal)
}

/** Layers that the location has already are not fetched in order to be sent there. */
async function putLayer(
  write: CacheWrite,
  { id, diffId, chain }: WrittenLayer,
  signal: AbortSignal,
): Promise<CachedLayer> {
  const { store, backend, compression, near } = write
  const there = compression.keepsKnown ? await store.layers.remoteForms(id) : []
  const known = await formAt(backend, there, signal)
  if (known !== undefined) return { diffId, blob: known }
  const whole = await chain()
  const blob = await store.layers.blob(whole.slice(0, whole.lastIndexOf(id) + 1), compression, signal)
  await backend.putBlob(blob, { open: (offset) => readFrom(store, blob, offset), near }, signal)
  return { diffId, blob }
}

async function formAt(
  backend: CacheBackend,
  forms: readonly RemoteForm[],
  signal: AbortSignal,
): Promise<Descriptor | undefined> {
  for (const { descriptor } of forms) if (await backend.hasBlob(descriptor, signal)) return descriptor
  return undefined
}

async function* readFrom(store: LayerStore, blob: Descriptor, offset: number): AsyncGenerator<Uint8Array> {
  const file = await open(store.blobs.path(blob.digest), constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    yield* file.createReadStream({ start: offset, autoClose: false })
  } finally {
    await file.close()
  }
}
