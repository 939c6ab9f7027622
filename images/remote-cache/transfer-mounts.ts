import { createReadStream } from 'node:fs'
import { ImageSpecError } from '../../image-spec/index.ts'
import { asStoreError, type BlobStore } from '../../layer-store/index.ts'
import { downloadBlob } from '../../registry/index.ts'
import { settlePartial } from '../transfer/settle-partial.ts'
import { transferAll } from '../transfer/transfer-all.ts'
import type { CacheBackend } from './cache-location.ts'
import { type CachedMount, MOUNTS_CONFIG_TYPE, readMountsConfig, writeMountsConfig } from './mounts-config.ts'
import { badCache, NO_MOUNTS, NO_MOUNTS_HINT } from './read-capped.ts'

/** The cache mounts of a location; undefined if there are none yet. Fetches no archives. */
export async function readCachedMounts(
  backend: CacheBackend,
  signal: AbortSignal | undefined,
): Promise<readonly CachedMount[] | undefined> {
  try {
    const bytes = await backend.readConfig(MOUNTS_CONFIG_TYPE, signal)
    if (bytes === undefined) return undefined
    const mounts = readMountsConfig(bytes)
    if (mounts === undefined) throw badCache(backend.name, NO_MOUNTS, { hint: NO_MOUNTS_HINT })
    return mounts
  } catch (cause) {
    if (!(cause instanceof ImageSpecError || cause instanceof SyntaxError)) throw cause
    throw badCache(backend.name, cause.message, { cause })
  }
}

export interface MountFetch {
  readonly blobs: Pick<BlobStore, 'claimPartial'>
  readonly backend: Pick<CacheBackend, 'fetchBlob'>
  readonly mount: CachedMount
  readonly onProgress: (doneBytes: number) => void
}

/** Runs `use` on the archive, verified against its digest, and removes it. Resumes an interrupted download. */
export async function withCachedMount(
  { blobs, backend, mount: { blob }, onProgress }: MountFetch,
  use: (path: string) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const partial = blobs.claimPartial(blob.digest)
  try {
    await downloadBlob({
      blob,
      partial,
      fetch: (offset) => backend.fetchBlob(blob, { offset, signal }),
      onProgress,
    })
  } catch (cause) {
    const failure = asStoreError(`store blob "${blob.digest}"`, cause)
    settlePartial(partial, failure)
    throw failure
  }
  try {
    await use(partial.path)
  } finally {
    partial.discard()
  }
}

export interface PackedMount extends CachedMount {
  /** The archive's file; absent if the location contains it already. */
  readonly path?: string
}

/** Writes archives first, then the document that refers to them: if interrupted, the previous one stays intact. */
export async function writeCachedMounts(
  backend: CacheBackend,
  mounts: readonly PackedMount[],
  signal: AbortSignal | undefined,
): Promise<void> {
  await transferAll(mounts, signal, async ({ blob, path }, stop) => {
    if (path === undefined) return
    await backend.putBlob(blob, { open: (offset) => createReadStream(path, { start: offset }), near: [] }, stop)
  })
  const layers = mounts.map(({ blob }) => blob)
  await backend.publish({ type: MOUNTS_CONFIG_TYPE, config: writeMountsConfig(mounts), layers }, signal)
}
