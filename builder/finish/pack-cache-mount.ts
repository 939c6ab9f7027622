import { rm } from 'node:fs/promises'
import { MediaType, parseDigest, present } from '../../image-spec/index.ts'
import type { PackedMount } from '../../images/index.ts'
import type { CacheMountsExport } from '../request/builder.ts'
import type { BuildTools } from '../run/build-tools.ts'
import type { CacheMount, HeldCache } from '../run/runners/step-context.ts'

export interface PackRequest {
  readonly mount: CacheMount
  readonly destination: CacheMountsExport
  readonly maxBytes: number
}

const MEDIA_TYPES = { none: MediaType.ociLayer, gzip: MediaType.ociLayerGzip, zstd: MediaType.ociLayerZstd } as const

/** Archives the cache while no step can change it. Undefined if this store does not contain it. */
export async function packCacheMount(
  tools: BuildTools,
  request: PackRequest,
  signal: AbortSignal,
): Promise<PackedMount | 'too large' | undefined> {
  const held = await tools.cacheMounts.hold(request.mount, signal)
  if (held === undefined) return undefined
  const path = tools.store.blobs.temporaryPath()
  let packed: PackedMount | 'too large' | undefined
  try {
    packed = await pack(tools, { ...request, held, path }, signal)
    return packed
  } finally {
    await held.release()
    if (typeof packed !== 'object') await rm(path, { force: true })
  }
}

interface Packing extends PackRequest {
  readonly held: HeldCache
  readonly path: string
}

async function pack(
  { native }: BuildTools,
  { mount, destination, maxBytes, held, path }: Packing,
  signal: AbortSignal,
): Promise<PackedMount | 'too large'> {
  const compression = destination.compression ?? 'zstd'
  const output = { path, compression, ...present('level', destination.compressionLevel) }
  const tooLarge = new AbortController()
  const either = AbortSignal.any([signal, tooLarge.signal])
  const layer = { kind: 'tree' as const, path: held.slot }
  const stopAbove = (doneBytes: number) => void (doneBytes > maxBytes && tooLarge.abort())
  try {
    const packed = await native.trees.packLayer({ layer, base: [], output }, either, stopAbove)
    if (packed.sizeBytes > maxBytes) return 'too large'
    if (packed.digest === undefined || packed.outputSizeBytes === undefined)
      throw new Error('pack-layer returned no digest of its output')
    return {
      id: mount.id,
      ...present('directory', mount.directory),
      blob: { mediaType: MEDIA_TYPES[compression], digest: parseDigest(packed.digest), size: packed.outputSizeBytes },
      diffId: parseDigest(packed.diffId),
      sizeBytes: packed.sizeBytes,
      path,
    }
  } catch (error) {
    if (tooLarge.signal.aborted && !signal.aborted) return 'too large'
    throw error
  }
}
