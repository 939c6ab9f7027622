import { createHash } from 'node:crypto'
import { mkdir, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { LayerStore } from '../../../layer-store/index.ts'
import type { FileAction, Mount, Native } from '../../../sandbox-native/driver/index.ts'
import type { Outcome } from '../../solve/runner.ts'
import { filesOf } from './selected-files.ts'
import type { CacheMount, CacheMounts, OpenedCache, StepContext } from './step-context.ts'
import type { StepValue } from './step-value.ts'

/**
 * Directories that outlive steps (`RUN --mount=type=cache`), below `cache-mounts/` in the store. Sharing is kept by
 * file locks, so it holds between processes and ends with them: `shared` locks shared, `locked` waits for it alone,
 * `private` takes the first directory that nobody uses.
 */
export class StoreCacheMounts implements CacheMounts {
  readonly #store: LayerStore
  readonly #native: Native

  constructor(store: LayerStore, native: Native) {
    this.#store = store
    this.#native = native
  }

  async open(mount: CacheMount, input: Outcome<StepValue> | undefined, context: StepContext): Promise<OpenedCache> {
    const home = join(
      this.#store.root,
      'cache-mounts',
      createHash('sha256').update(mount.id).digest('hex').slice(0, 32),
    )
    await mkdir(home, { recursive: true, mode: 0o700 })
    for (let slot = 0; ; slot += 1) {
      const lock = await this.#lock(join(home, `${slot}.lock`), mount.sharing, context.signal)
      if (lock === undefined) continue
      try {
        const source = await this.#directory(join(home, String(slot)), mount, { input, context })
        const bind: Mount = { kind: 'bind', source, target: mount.target, ...(mount.readOnly && { readOnly: true }) }
        return { mount: bind, close: () => lock.close() }
      } catch (error) {
        await lock.close()
        throw error
      }
    }
  }

  /** The descriptor holds the lock until it is closed. Undefined: somebody else has this one. */
  async #lock(path: string, sharing: CacheMount['sharing'], signal: AbortSignal) {
    const file = await open(path, 'a', 0o600)
    const request = { mode: sharing === 'shared' ? 'shared' : 'exclusive', tryOnly: sharing === 'private' } as const
    let isLocked = false
    try {
      isLocked = (await this.#native.trees.lock(file.fd, request, signal)).locked
      return isLocked ? file : undefined
    } finally {
      if (!isLocked) await file.close()
    }
  }

  /** Made natively at first use, with its owner, mode and what `from` brings. */
  async #directory(
    slot: string,
    mount: CacheMount,
    { input, context }: { readonly input: Outcome<StepValue> | undefined; readonly context: StepContext },
  ): Promise<string> {
    const directory = join(slot, 'cache')
    if (await exists(directory)) return directory
    const owner = `${mount.uid}:${mount.gid}`
    const actions: FileAction[] = [{ kind: 'mkdir', path: '/cache', mode: mount.mode, owner }]
    if (input) {
      const selection = { paths: [mount.source.replace(/^\/+/, '') || '.'] }
      actions.push({ kind: 'copy', source: await filesOf(input, context), selection, to: '/cache/', owner: 'keep' })
    }
    const draft = await this.#store.layers.draft()
    try {
      await this.#native.trees.writeLayer(
        { base: [], actions, tar: draft.tar, index: draft.index, wantDiffId: false },
        context.signal,
      )
      await this.#native.trees.unpackLayer({ blob: draft.tar, tree: slot, base: [] }, context.signal)
    } catch (error) {
      // Two steps may make a shared directory at once: the other one's is as good.
      if (!(await exists(directory))) throw error
    } finally {
      await this.#store.layers.abandon(draft)
    }
    return directory
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
