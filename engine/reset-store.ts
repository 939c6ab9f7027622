import { readdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Containers } from '../container/index.ts'
import type { LockOptions } from '../layer-store/index.ts'
import type { Engine } from './engine.ts'

/** Content of a store's directory, names before data. Other files there do not belong to the store. */
const ENTRIES = [
  ['containers', 'volumes', 'tags', 'images', 'cache', 'cache-mounts', 'stat-cache', 'manifest-lists'],
  ['by-diff-id', 'layers', 'blobs', 'events', 'tmp', 'lock', 'collection', 'version'],
].flat()

export interface StoreReset {
  /** Names in the store's directory that do not belong to the store, and are kept. */
  readonly left: readonly string[]
}

/**
 * Removes the whole store, including containers and volumes, and its directory. STORE_BUSY while a build uses it,
 * unless the caller waits. The native binary removes the files: their user cannot remove those owned by subordinate
 * IDs.
 */
export async function resetStore(
  { store, native }: Engine,
  containers: Containers,
  lockOptions: LockOptions = { tryOnly: true },
): Promise<StoreReset> {
  for (const { id } of await containers.list({ all: true })) await containers.remove(id, { force: true, volumes: true })
  const lock = await store.lock('exclusive', lockOptions)
  try {
    const own = new Set(readdirSync(store.root))
    for (const name of ENTRIES) if (own.has(name)) await native.trees.remove({ paths: [join(store.root, name)] })
    const left = readdirSync(store.root)
    if (left.length === 0) rmdirSync(store.root)
    return { left }
  } finally {
    await lock.release()
  }
}
