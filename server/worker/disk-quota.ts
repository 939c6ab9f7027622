import { statfs } from 'node:fs/promises'
import { createDiskCount } from '../../layer-store/index.ts'
import type { BuildFailure } from '../api/index.ts'
import type { WorkerContext } from './worker-context.ts'
import { createWrittenBytes, type WrittenBytes } from './written-bytes.ts'

/** The reason of the signal. */
export interface OverQuota {
  readonly kind: 'over-quota'
  readonly maxBytes: number
}

export interface DiskQuota {
  /** Aborted when the build has written more than allowed. */
  readonly signal: AbortSignal
  /** From now on, writes of this process to the store count too; the checkout is complete. */
  follow(pid: number, store: string): void
  stop(): void
}

const LOOK_MS = 250
/** Maximum time between counts: deleted files of other builds may hide what this build writes. */
const COUNT_MS = 5000
/** Counting uses at most a fifth of a CPU. */
const REST = 4

/** Counts while the build runs: changes of the free space show when counting is worthwhile. Never rejects. */
export async function openDiskQuota(
  { config, storeDirectory }: Pick<WorkerContext, 'config' | 'storeDirectory'>,
  home: string,
): Promise<DiskQuota> {
  const controller = new AbortController()
  let freeThen = await freeBytes(storeDirectory)
  const maxBytes = config.build.maxDiskBytes ?? Math.floor(freeThen / (config.worker.slots + 1))
  let [used, countedMs, checkout] = [0, 0, -1]
  let written: WrittenBytes | undefined
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  const count = async (free: number): Promise<void> => {
    if (checkout < 0 || written === undefined) checkout = await createDiskCount().add(home)
    used = checkout + ((await written?.count()) ?? 0)
    freeThen = free
    countedMs = performance.now()
    if (used > maxBytes) controller.abort({ kind: 'over-quota', maxBytes } satisfies OverQuota)
  }
  const look = async (): Promise<void> => {
    const startedMs = performance.now()
    await written?.discover()
    const free = await freeBytes(storeDirectory)
    const isNear = used + freeThen - free > maxBytes * 0.9
    if (isNear || startedMs - countedMs > COUNT_MS) await count(free)
    const tookMs = performance.now() - startedMs
    if (!isStopped && !controller.signal.aborted) timer = setTimeout(next, Math.max(LOOK_MS, REST * tookMs))
  }
  const next = (): void => {
    look().catch(() => {
      // Files may be removed while they are counted.
      if (!isStopped) timer = setTimeout(next, COUNT_MS)
    })
  }
  next()
  return {
    signal: controller.signal,
    follow: (pid, store) => {
      written = createWrittenBytes(store, pid)
    },
    stop: () => {
      isStopped = true
      clearTimeout(timer)
    },
  }
}

async function freeBytes(directory: string): Promise<number> {
  const found = await statfs(directory).catch(() => undefined) // an error fails the build later, with its own reason
  return found === undefined ? Number.POSITIVE_INFINITY : found.bavail * found.bsize
}

export function overQuotaFailure(build: number, { maxBytes }: OverQuota): BuildFailure {
  return {
    code: 'SERVER_DISK_QUOTA',
    message: `Cannot finish build "${build}": it wrote more than ${Math.round(maxBytes / 1e6)} MB to the disk`,
    hint: 'Write less in its steps, or raise build.maxDiskBytes of the server',
  }
}
