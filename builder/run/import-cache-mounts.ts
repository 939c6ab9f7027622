import { lstat, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../errors/index.ts'
import { type CacheBackend, type CachedMount, readCachedMounts, withCachedMount } from '../../images/index.ts'
import type { CacheMountsImport } from '../request/builder.ts'
import type { BuildTools } from './build-tools.ts'
import type { CacheMount, ImportedMounts, StepContext } from './runners/step-context.ts'

export interface CacheMountImports {
  readonly sources: readonly CacheMountsImport[]
  /** Mounts that the build starts empty. */
  readonly emptied: readonly CacheMount[]
  readonly warn: (message: string) => void
  readonly signal: AbortSignal
}

type Tools = Pick<BuildTools, 'store' | 'native' | 'caches'>

/** Cache mounts of other machines. Sources are read when a mount is first missing, archives when needed. */
export function importCacheMounts(tools: Tools, imports: CacheMountImports): ImportedMounts {
  const { sources, emptied, warn, signal } = imports
  let reading: Promise<readonly Source[]> | undefined
  const open = async (request: CacheMountsImport): Promise<Source | undefined> => {
    try {
      const backend = await tools.caches.open(request.location)
      const mounts = await readCachedMounts(backend, signal)
      if (mounts === undefined) warn(`Cache mounts "${backend.name}" do not exist yet`)
      return mounts && { ...request, backend, mounts, usedBytes: 0 }
    } catch (error) {
      signal.throwIfAborted()
      warn(messageOf(error))
      return undefined
    }
  }
  return {
    fill: async (mount, slot, context) => {
      if (emptied.some((other) => isSameCache(other, mount))) return false
      reading ??= Promise.all(sources.map(open)).then((opened) => opened.filter((one) => one !== undefined))
      for (const source of await reading) {
        const found = source.mounts.find((one) => isSameCache(one, mount))
        if (found === undefined || source.ids?.includes(mount.id) === false) continue
        try {
          claimRoom(source, found)
          await unpackInto(slot, { ...tools, ...context, source, mount: found })
          return true
        } catch (error) {
          context.signal.throwIfAborted()
          warn(`Cannot import cache mount "${mount.id}" from "${source.backend.name}": ${messageOf(error)}`)
        }
      }
      return false
    },
  }
}

interface Source extends Pick<CacheMountsImport, 'ids' | 'maxBytes'> {
  readonly backend: CacheBackend
  readonly mounts: readonly CachedMount[]
  /** Size of the archives imported so far. */
  usedBytes: number
}

export type CacheMountIdentity = Pick<CachedMount, 'id' | 'directory'>

export function isSameCache(one: CacheMountIdentity, other: CacheMountIdentity): boolean {
  const [mine, its] = [one.directory, other.directory]
  return one.id === other.id && mine?.uid === its?.uid && mine?.gid === its?.gid && mine?.mode === its?.mode
}

/** SECURITY: the archive is stored before it is unpacked, so its compressed size counts, too. */
function claimRoom(source: Source, { sizeBytes, blob }: CachedMount): void {
  const neededBytes = Math.max(sizeBytes, blob.size)
  if (source.usedBytes + neededBytes > source.maxBytes)
    throw new Error(`its ${neededBytes} bytes would exceed the limit of ${source.maxBytes} bytes (max-size)`)
  source.usedBytes += neededBytes
}

interface Unpacking extends Tools, Pick<StepContext, 'report' | 'signal'> {
  readonly source: Source
  readonly mount: CachedMount
}

/**
 * SECURITY: the archive is untrusted. The native binary unpacks it within its directory, up to the declared size; and
 * the cache in it must be a directory, since a link would expose a directory of the host to the step.
 */
async function unpackInto(slot: string, { store, native, report, signal, source, mount }: Unpacking): Promise<void> {
  const draft = await store.layers.draft()
  try {
    const tree = join(draft.directory, 'imported')
    const { blob, diffId, sizeBytes } = mount
    const onProgress = (doneBytes: number) => report.progress(`cache mount ${mount.id}`, doneBytes, blob.size)
    const unpack = async (path: string) => {
      const limits = { maxBytes: sizeBytes }
      const request = { blob: path, expectDiffId: diffId, tree, base: [], limits, literalNames: true }
      await native.trees.unpackLayer(request, signal)
    }
    await withCachedMount({ blobs: store.blobs, backend: source.backend, mount, onProgress }, unpack, signal)
    const found = await lstat(join(tree, 'cache')).catch(() => undefined)
    if (!found?.isDirectory()) throw new Error('the archive has no directory "cache"')
    await publish(tree, slot)
  } finally {
    await store.layers.abandon(draft)
  }
}

/**
 * Two steps may fill a shared directory at once; either result is fine. The enclosing directory is renamed since,
 * without root, the cache itself may have an owner that alone can move it.
 */
async function publish(tree: string, slot: string): Promise<void> {
  try {
    await rename(tree, slot)
  } catch (error) {
    if (!(await lstat(join(slot, 'cache')).catch(() => undefined))?.isDirectory()) throw error
  }
}
