import { messageOf } from '../../errors/index.ts'
import type { Digest } from '../../image-spec/index.ts'
import { type CacheBackend, type CacheEntry, type CacheLocation, readCache } from '../../images/index.ts'
import type { CacheRecord, LayerId, LayerStore, RemoteForm } from '../../layer-store/index.ts'
import type { ImportedCache } from '../solve/solve.ts'
import type { BuildTools } from './build-tools.ts'

export interface ImportedCaches extends ImportedCache {
  /** Starts reading the indexes for a build that will probably need them. Failures are reported on use. */
  expect(): void
  /** Stops using this layer; false if it was excluded before, or if no cache named it. */
  exclude(layer: LayerId): Promise<boolean>
  /** Keys under which the imported caches have this result, including those the build did not use. */
  keysOf(diffId: Digest | undefined, record: CacheRecord): Promise<readonly string[]>
}

export interface CacheImports {
  readonly locations: readonly CacheLocation[]
  readonly warn: (message: string) => void
  readonly signal: AbortSignal
}

/**
 * Caches of other machines. Indexes are read when expected or when the store's own cache first misses, layers later.
 */
export function importCaches(
  { store, caches }: Pick<BuildTools, 'store' | 'caches'>,
  { locations, warn, signal }: CacheImports,
): ImportedCaches {
  caches.expect(locations)
  const excluded = new Set<string>()
  const used = new Map<LayerId, Digest>()
  let reading: Promise<readonly ReadLocation[]> | undefined
  let known: Promise<Contents> | undefined
  const readAll = () => {
    reading ??= Promise.all(locations.map((location) => readLocation(caches, location, signal)))
    return reading
  }
  const contents = (): Promise<Contents> => {
    known ??= readAll().then((read) => {
      for (const { warning } of read) if (warning !== undefined) warn(warning)
      return joined(read.flatMap(({ content }) => content ?? []))
    })
    return known
  }
  return {
    expect: () => void readAll().catch(() => {}), // cancelled together with the build
    find: async (key) => {
      const { entries, forms } = await contents()
      const entry = entries.get(key)
      if (entry === undefined || (entry.diffId !== undefined && excluded.has(entry.diffId))) return undefined
      const record = await recordOf(store, entry, forms)
      if (record.layer !== undefined && entry.diffId !== undefined) used.set(record.layer, entry.diffId)
      return record
    },
    diffIdOf: async (layer) => used.get(layer) ?? (await store.layers.get(layer)).diffId,
    exclude: async (layer) => {
      const diffId = used.get(layer)
      if (diffId === undefined || excluded.has(diffId)) return false
      excluded.add(diffId)
      return true
    },
    keysOf: async (diffId, record) => (await known)?.keys.get(resultName({ ...record, diffId })) ?? [],
  }
}

interface ReadLocation {
  readonly content?: Content
  readonly warning?: string
}

async function readLocation(
  caches: BuildTools['caches'],
  location: CacheLocation,
  signal: AbortSignal,
): Promise<ReadLocation> {
  try {
    const backend = await caches.open(location)
    const content = await readCache(backend, signal)
    if (content === undefined) return { warning: `Cache "${backend.name}" does not exist yet` }
    const warning = `Cache "${backend.name}" has no result for tsbuild: another program wrote it`
    return { content: { backend, ...content }, ...(content.isForeign && { warning }) }
  } catch (error) {
    signal.throwIfAborted()
    return { warning: messageOf(error) }
  }
}

interface Content extends NonNullable<Awaited<ReturnType<typeof readCache>>> {
  readonly backend: CacheBackend
}

interface Contents {
  readonly entries: ReadonlyMap<string, CacheEntry>
  readonly forms: ReadonlyMap<Digest, readonly RemoteForm[]>
  /** Keys by result. */
  readonly keys: ReadonlyMap<string, readonly string[]>
}

function resultName(of: Pick<CacheEntry, 'createdAt' | 'description'> & { readonly diffId?: Digest | undefined }) {
  return JSON.stringify([of.diffId, of.createdAt, of.description])
}

/** The first entry for a key wins, across caches. */
function joined(contents: readonly Content[]): Contents {
  const entries = new Map<string, CacheEntry>()
  const forms = new Map<Digest, RemoteForm[]>()
  for (const { backend, ...content } of contents) {
    for (const entry of content.entries) if (!entries.has(entry.key)) entries.set(entry.key, entry)
    for (const { diffId, blob } of content.layers) {
      const form = { descriptor: blob, address: backend.address }
      const others = forms.get(diffId)
      if (others === undefined) forms.set(diffId, [form])
      else others.push(form)
    }
  }
  const keys = new Map<string, string[]>()
  for (const entry of entries.values()) {
    const name = resultName(entry)
    const known = keys.get(name)
    if (known === undefined) keys.set(name, [entry.key])
    else known.push(entry.key)
  }
  return { entries, forms, keys }
}

/**
 * SECURITY: the entry names the layer but does not vouch for its content: the store verifies it when fetching the
 * layer.
 */
async function recordOf(store: LayerStore, entry: CacheEntry, forms: Contents['forms']): Promise<CacheRecord> {
  const { key: _, diffId, ...record } = entry
  if (diffId === undefined) return record
  return { ...record, layer: await store.layers.addRemote(diffId, forms.get(diffId) ?? []) }
}
