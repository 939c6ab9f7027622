import { renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hasCode } from '../errors/index.ts'
import type { BlobStore } from './blob-store.ts'
import { createBlobStore } from './blobs/blob-store.ts'
import { createCacheIndex } from './cache/cache-index.ts'
import { createLease, type Lease } from './collect/lease.ts'
import { lockStore } from './collect/lock.ts'
import { pruneStore } from './collect/prune-store.ts'
import { shareLock } from './collect/share-lock.ts'
import { storeUsage } from './collect/usage.ts'
import { StoreError } from './errors.ts'
import { appendEvent } from './events/append-event.ts'
import type { EventsRequest, StoreEvent } from './events/event.ts'
import { createDirectories } from './files/create-directories.ts'
import { isMissing, OTHER_ROOT, withFileErrors } from './files/file-errors.ts'
import { refuseStoreOfOthers } from './files/foreign-owner.ts'
import { readOwnText } from './files/read-own-text.ts'
import { FOLDERS } from './files/store-paths.ts'
import { temporaryName } from './files/temporary-owner.ts'
import { createImages } from './images/images.ts'
import type { LayerStore, LockMode, LockOptions, PruneWait, StoreLock } from './layer-store.ts'
import type { FetchBlob } from './layers/fetch-layer.ts'
import { createLayers } from './layers/layers.ts'
import type { StoreTreeWork } from './tree-work.ts'
import type { PruneRequest, PruneResult } from './upkeep.ts'

const STORE_VERSION = 1

/** How file owners are stored: as real owners, or owned by the caller with a record of the owner (docs/rootless.md). */
export type StoreOwners = 'real' | 'recorded'

const VERSIONS: Readonly<Record<StoreOwners, string>> = {
  real: `${STORE_VERSION}`,
  recorded: `${STORE_VERSION} with recorded owners`,
}

export interface StoreOptions {
  readonly owners?: StoreOwners
  /** Fetches remote layers; without it they cannot be read. */
  readonly fetchBlob?: (blobs: BlobStore, ...request: Parameters<FetchBlob>) => Promise<void>
  /** What blobs are unpacked to. A tree needs privileges that not every container has. Default: tree. */
  readonly unpacksTo?: 'tree' | 'tar'
}

/** Opens the store at `root` (absolute), creating it if missing. Reads a single file: nothing is scanned. */
export async function openStore(
  root: string,
  trees: StoreTreeWork,
  { owners = 'real', unpacksTo = 'tree', fetchBlob }: StoreOptions = {},
): Promise<LayerStore> {
  await withFileErrors(`open store "${root}"`, async () => prepare(root, owners))
  const lease = createLease(root, trees)
  const lock = shareLock((mode, options) => lockStore({ root, trees }, mode, options))
  const blobs = createBlobStore({ root, trees, lease })
  const layers = createLayers({
    root,
    trees,
    blobs,
    lease,
    unpacksTo,
    fetchBlob: fetchBlob && ((form, signal) => fetchBlob(blobs, form, signal)),
  })
  return {
    root,
    blobs,
    layers,
    images: createImages({ root, blobs, layers, lease }),
    cache: createCacheIndex(root, lease),
    events: { append: (event) => appendEvent(root, event), read: (request = {}) => readLater(root, request) },
    lock: (mode, options) => hold({ lock, lease }, mode, options),
    keep: async (paths) => lease.add(paths),
    usage: (pins = {}) => withFileErrors('measure the store', () => storeUsage(root, pins)),
    prune: (request, wait = {}) => prune({ root, trees }, request, wait),
  }
}

interface Held extends Pick<LayerStore, 'lock'> {
  readonly lease: Lease
}

/** Uses are recorded in the lease only once the lock is held. */
async function hold({ lease, ...held }: Held, mode: LockMode, options?: LockOptions): Promise<StoreLock> {
  const lock = await held.lock(mode, options)
  if (mode === 'exclusive') return lock
  try {
    lease.begin()
  } catch (error) {
    await lock.release()
    throw error
  }
  return {
    release: async () => {
      lease.end()
      await lock.release()
    },
  }
}

async function prune(
  { root, trees }: { readonly root: string; readonly trees: StoreTreeWork },
  request: PruneRequest,
  wait: PruneWait,
): Promise<PruneResult> {
  const result = await withFileErrors('prune the store', () => pruneStore({ root, trees }, request, wait))
  emitPruneEvent(root, request, result)
  return result
}

function emitPruneEvent(root: string, request: PruneRequest, { reclaimedBytes }: PruneResult): void {
  const attributes = { reclaimed: String(reclaimedBytes) }
  if (request.allImages === true || request.danglingImages === true)
    appendEvent(root, { type: 'image', action: 'prune', id: '', attributes })
  if (request.buildCache === true) appendEvent(root, { type: 'builder', action: 'prune', id: '', attributes })
}

/** Most commands at most write events: the reader is loaded on first use. */
async function* readLater(root: string, request: EventsRequest): AsyncGenerator<StoreEvent> {
  const { readEvents } = await import('./events/read-events.ts')
  yield* readEvents(root, request)
}

/** Recreates missing directories. The version file is not flushed: a truncated one is written again. */
function prepare(root: string, owners: StoreOwners): void {
  const found = statSync(root, { throwIfNoEntry: false })
  if (found?.isDirectory()) refuseStoreOfOthers(root)
  else if (found !== undefined)
    throw new StoreError('STORE_DENIED', `Cannot open store "${root}": not a directory`, { hint: OTHER_ROOT })
  const version = readVersion(root)
  if (version !== undefined && version !== VERSIONS[owners]) throw otherVersion(root, version, owners)
  for (const folder of FOLDERS) createDirectory(join(root, folder))
  if (version !== undefined) return
  const temporary = join(root, 'tmp', temporaryName())
  writeFileSync(temporary, `${VERSIONS[owners]}\n`, { flag: 'wx', mode: 0o600 })
  renameSync(temporary, join(root, 'version'))
}

/** Error for a path that cannot be a directory. */
function unusable(path: string, cause: unknown): StoreError | undefined {
  const found = hasCode(cause, 'ENOTDIR')
    ? 'part of its path is not a directory'
    : hasCode(cause, 'ENOENT', 'EEXIST', 'ELOOP')
      ? 'it is a file or a dangling link, or on a filesystem such as /proc'
      : undefined
  if (found === undefined) return undefined
  return new StoreError('STORE_DENIED', `Cannot create directory "${path}": ${found}`, { hint: OTHER_ROOT, cause })
}

function createDirectory(path: string): void {
  try {
    createDirectories(path, 0o700)
  } catch (error) {
    throw unusable(path, error) ?? error
  }
}

function otherVersion(root: string, version: string, owners: StoreOwners): StoreError {
  if (Object.values(VERSIONS).includes(version)) {
    const found = { real: 'its files only have records of their owners', recorded: 'its files have their real owners' }
    const message = `Cannot open store "${root}": ${found[owners]} (expected a store with the ID mappings of this user)`
    const hint = 'Use another --root, or remove this one'
    return new StoreError('STORE_BAD_VERSION', message, { hint })
  }
  const shown = /^\d{1,9}$/.test(version) ? version : JSON.stringify(version.slice(0, 20))
  const message = `Cannot open store "${root}": it has version ${shown} (expected ${STORE_VERSION})`
  return new StoreError('STORE_BAD_VERSION', message, { hint: 'Use a newer tsbuild, or another --root' })
}

function readVersion(root: string): string | undefined {
  try {
    const version = readOwnText(join(root, 'version')).trim()
    return /[^\0]/.test(version) ? version : undefined // empty after a power failure
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
