import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Logger } from 'pino'
import type { DiskUse } from '../api/index.ts'
import type { ServerConfig } from '../config/config.ts'
import { type FoundStore, findStores } from './find-stores.ts'
import { runPruneProcess } from './run-prune-process.ts'

export interface StoreUpkeep {
  /** A build has ended and none is running: a good moment. */
  onIdle(): void
  /** A disk is too full for builds: prunes without waiting for the interval. */
  hurry(): void
  /** The results so far. */
  status(): NonNullable<DiskUse['pruning']>
  stop(): Promise<void>
}

export interface StoreUpkeepParts {
  readonly config: ServerConfig
  readonly entry: readonly string[]
  readonly storeDirectory: string
  readonly logger: Logger
  isIdle(): boolean
}

const FIRST_MS = 60_000
const AGAIN_MS = 60_000
const LOOK_MS = 15_000

/** Prunes the stores of this worker at intervals: between builds, or during builds if there is no pause. */
export function startStoreUpkeep(parts: StoreUpkeepParts): StoreUpkeep {
  const { config, logger } = parts
  const { keepDays, pruneSeconds } = config.store
  const intervalMs = pruneSeconds * 1000
  const stopping = new AbortController()
  const stores = new Map<string, NonNullable<DiskUse['pruning']>['stores'][number]>()
  let dueMs = Date.now() + Math.min(FIRST_MS, intervalMs)
  let keepBytes = config.store.keepBytes
  let running: Promise<void> | undefined
  const pruneAll = async (): Promise<void> => {
    const found = await findStores(parts.storeDirectory)
    keepBytes = config.store.keepBytes ?? (await halfOfDisk(parts.storeDirectory))
    let isDone = true
    for (const store of found) {
      const share = Math.floor(keepBytes / found.length)
      const report = await prune(parts, store, { keepBytes: share, signal: stopping.signal })
      if (report === undefined) isDone = false
      else stores.set(store.directory, { directory: store.directory, prunedAt: new Date().toISOString(), ...report })
    }
    dueMs = Date.now() + (isDone ? intervalMs : Math.min(AGAIN_MS, intervalMs))
  }
  const look = (): void => {
    const lateMs = Date.now() - dueMs
    if (pruneSeconds === 0 || running !== undefined || stopping.signal.aborted || lateMs < 0) return
    if (!parts.isIdle() && lateMs < intervalMs) return
    running = pruneAll()
      .catch((error: Error) => logger.warn({ err: error }, 'cannot prune'))
      .finally(() => {
        running = undefined
      })
  }
  const timer = setInterval(look, Math.min(LOOK_MS, Math.max(500, intervalMs / 2)))
  return {
    onIdle: look,
    hurry: () => {
      dueMs = Math.min(dueMs, Date.now())
    },
    status: () => ({
      isEnabled: pruneSeconds > 0,
      ...(keepBytes !== undefined && { keepBytes }),
      keepDays,
      stores: [...stores.values()],
    }),
    stop: async () => {
      clearInterval(timer)
      stopping.abort()
      await running
    },
  }
}

async function prune(
  { config, entry, logger }: StoreUpkeepParts,
  { directory, user }: FoundStore,
  { keepBytes, signal }: { readonly keepBytes: number; readonly signal: AbortSignal },
): Promise<{ sizeBytes: number; reclaimedBytes: number } | undefined> {
  const job = {
    storeDirectory: directory,
    keepBytes,
    keepDays: config.store.keepDays,
    // Builds are stopped below this: twice as much leaves space for one.
    wantFreeBytes: 2 * config.build.minFreeBytes,
  }
  try {
    const report = await runPruneProcess(entry, job, { user, signal })
    logger.info({ store: directory, ...report }, 'store pruned')
    return report
  } catch (error) {
    if (!signal.aborted) logger.warn({ store: directory, err: error }, 'cannot prune')
    return undefined
  }
}

async function halfOfDisk(directory: string): Promise<number> {
  const { blocks, bsize } = await statfs(dirname(directory))
  return (blocks * bsize) / 2
}
