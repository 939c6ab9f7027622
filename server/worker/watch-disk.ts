import { mkdir, statfs } from 'node:fs/promises'
import type { BuildFailure } from '../api/index.ts'
import type { WorkerContext } from './worker-context.ts'

const WATCH_MS = 250

export interface DiskWatch {
  /** Aborted when a disk is too full. */
  readonly signal: AbortSignal
  stop(): void
}

type WatchedParts = Pick<WorkerContext, 'config' | 'workDirectory' | 'storeDirectory'>

/** The reason of the signal: the directory that lacks space. */
export interface DiskFull {
  readonly kind: 'disk-full'
  readonly directory: string
}

/** A build that fills the disk of the database would stop the whole server: it is stopped first. Never rejects. */
export async function watchDisk({ config, workDirectory, storeDirectory }: WatchedParts): Promise<DiskWatch> {
  const { minFreeBytes } = config.build
  const controller = new AbortController()
  const directories = [storeDirectory, workDirectory]
  const look = async (directory: string): Promise<void> => {
    const { bavail, bsize } = await statfs(directory)
    if (bavail * bsize < minFreeBytes) controller.abort({ kind: 'disk-full', directory } satisfies DiskFull)
  }
  const lookAtAll = async (): Promise<void> => {
    await Promise.allSettled(directories.map(look)) // an error fails the build later, with its own reason
  }
  await Promise.allSettled(directories.map((directory) => mkdir(directory, { recursive: true })))
  await lookAtAll()
  const timer = setInterval(() => void lookAtAll(), WATCH_MS)
  return { signal: controller.signal, stop: () => clearInterval(timer) }
}

export function diskFullFailure(build: number, { directory }: DiskFull, minFreeBytes: number): BuildFailure {
  const megabytes = Math.round(minFreeBytes / 1e6)
  return {
    code: 'SERVER_DISK_FULL',
    message: `Cannot finish build "${build}": less than ${megabytes} MB are free on the disk of "${directory}"`,
    hint: 'Prune the build cache (page "Disk", or tsbuild prune), enlarge the disk, or lower build.minFreeBytes',
  }
}
