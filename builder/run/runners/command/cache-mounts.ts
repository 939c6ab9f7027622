import { createHash } from 'node:crypto'
import { mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { LayerStore } from '../../../../layer-store/index.ts'
import type { Native } from '../../../../sandbox-native/driver/index.ts'
import type { Outcome } from '../../../solve/runner.ts'
import type { CacheLease, CacheMount, CacheMounts, HeldCache, StepContext } from '../step-context.ts'
import type { StepValue } from '../step-value.ts'
import { baseOfCache, emptyBase, isDirectory, makeCacheDirectory } from './cache-directory.ts'

interface Opened {
  readonly directory: string
  close(): Promise<void>
}

/**
 * Directories that outlive steps (`RUN --mount=type=cache`), in `cache-mounts/` in the store. SPEC: BuildKit keeps one
 * per ID and base, which is `from` together with the directory that uid, gid and mode request.
 *
 * Sharing uses file locks, so it works across processes and ends with them: `shared` takes a shared lock, `locked`
 * waits for an exclusive one, `private` takes the first directory not in use. A retired directory is in use and will be
 * removed.
 */
export class StoreCacheMounts implements CacheMounts {
  readonly #store: LayerStore
  readonly #native: Native

  constructor(store: LayerStore, native: Native) {
    this.#store = store
    this.#native = native
  }

  lease(): CacheLease {
    const opened = new Map<string, Promise<Opened>>()
    return {
      open: async (mount, input, context) => {
        const base = await baseOfCache(mount, input, context)
        const home = join(this.#root(), homeName(mount.id, base))
        const first = opened.get(home) ?? this.#open(home, mount, { input, context })
        opened.set(home, first)
        const { directory: source } = await first
        const subpath = mount.directory || mount.source === '/' ? {} : { subpath: mount.source }
        return { kind: 'bind', source, ...subpath, target: mount.target, ...(mount.readOnly && { readOnly: true }) }
      },
      close: async () => {
        for (const one of await Promise.allSettled(opened.values()))
          if (one.status === 'fulfilled') await one.value.close()
      },
    }
  }

  /** Makes the caches of these mounts start empty (`--no-cache`); running steps keep theirs. */
  async empty(mounts: readonly CacheMount[], signal: AbortSignal): Promise<void> {
    const all = await readdir(this.#root()).catch(() => []) // absent until the first cache mount
    const isSelected = (home: string) =>
      mounts.some((mount) => (hasBase(mount) ? home.startsWith(homeName(mount.id, '')) : home === homeName(mount.id)))
    for (const home of all.filter(isSelected)) {
      await this.#keep(home)
      const names = await readdir(join(this.#root(), home)).catch(() => []) // removed concurrently
      for (const slot of names.filter((name) => /^\d+$/.test(name)).map((name) => join(this.#root(), home, name))) {
        if (!(await this.#remove(slot, signal))) await writeFile(retiredMark(slot), '')
      }
    }
  }

  async hold(mount: CacheMount, signal: AbortSignal): Promise<HeldCache | undefined> {
    const home = join(this.#root(), homeName(mount.id, emptyBase(mount)))
    await this.#keep(basename(home))
    const numbers = (await readdir(home).catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number)
    for (const number of numbers.sort((one, other) => one - other)) {
      const slot = join(home, String(number))
      const lock = await this.#lock(slot, { mode: 'exclusive', tryOnly: false }, signal)
      const isUsable = (await isDirectory(join(slot, 'cache'))) && !(await exists(retiredMark(slot)))
      if (lock !== undefined && isUsable) return { slot, release: () => lock.close() }
      await lock?.close()
    }
    return undefined
  }

  async #open(
    home: string,
    mount: CacheMount,
    { input, context }: { readonly input: Outcome<StepValue> | undefined; readonly context: StepContext },
  ): Promise<Opened> {
    await this.#keep(basename(home))
    await mkdir(home, { recursive: true, mode: 0o700 })
    // In a chroot, a directory can be in only one place at a time.
    const sharing = this.#native.isolation === 'chroot' && mount.sharing === 'shared' ? 'private' : mount.sharing
    for (let number = 0; ; number += 1) {
      const slot = join(home, String(number))
      if ((await exists(retiredMark(slot))) && !(await this.#remove(slot, context.signal))) continue
      const request = {
        mode: sharing === 'shared' ? 'shared' : 'exclusive',
        tryOnly: sharing === 'private',
      }
      const lock = await this.#lock(slot, request, context.signal)
      if (lock === undefined) continue
      try {
        if (await exists(retiredMark(slot))) {
          await lock.close()
          continue
        }
        const tools = { store: this.#store, native: this.#native, context }
        const directory = await makeCacheDirectory(slot, mount, { ...tools, input })
        return { directory, close: () => lock.close() }
      } catch (error) {
        await lock.close()
        throw error
      }
    }
  }

  /** False if a step uses it. */
  async #remove(slot: string, signal: AbortSignal): Promise<boolean> {
    const lock = await this.#lock(slot, { mode: 'exclusive', tryOnly: true }, signal)
    if (lock === undefined) return false
    try {
      await this.#native.trees.remove({ paths: [slot] })
      await rm(retiredMark(slot), { force: true })
      return true
    } finally {
      await lock.close()
    }
  }

  /** The descriptor holds the lock until it is closed. Undefined if another step has it locked. */
  async #lock(slot: string, request: { readonly mode: string; readonly tryOnly: boolean }, signal: AbortSignal) {
    const file = await open(`${slot}.lock`, 'a', 0o600)
    const mode = request.mode === 'shared' ? 'shared' : 'exclusive'
    let isLocked = false
    try {
      isLocked = (await this.#native.trees.lock(file.fd, { mode, tryOnly: request.tryOnly }, signal)).locked
      if (isLocked) await file.utimes(new Date(), new Date()) // time of last use, for garbage collection
      return isLocked ? file : undefined
    } finally {
      if (!isLocked) await file.close()
    }
  }

  /** Protects it from garbage collection from now on. */
  async #keep(home: string): Promise<void> {
    await this.#store.keep([`cache-mounts/${home}`])
  }

  #root(): string {
    return join(this.#store.root, 'cache-mounts')
  }
}

function hasBase(mount: CacheMount): boolean {
  return mount.input !== undefined || mount.directory !== undefined
}

/** Names of caches with a base start with that of the ID. */
function homeName(id: string, base?: string): string {
  const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32)
  return base === undefined ? digest(id) : `${digest(id)}.${base && digest(base)}`
}

function retiredMark(slot: string): string {
  return `${slot}.retired`
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
