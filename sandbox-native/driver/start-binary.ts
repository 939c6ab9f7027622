import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cannotStart } from './errors.ts'

/** The process of our binary with all its streams. Throws SANDBOX_START. */
export async function startBinary(path: string, options: SpawnOptions): Promise<ChildProcess> {
  const child = trySpawn(path, options)
  if (child.pid !== undefined) return child
  // If the process did not start, some or all of the streams are missing (EMFILE) or broken.
  const streams: readonly (ChildProcess['stdin'] | ChildProcess['stdout'] | undefined)[] = child.stdio ?? []
  for (const stream of streams) stream?.on('error', () => {}).destroy()
  const [cause] = await once(child, 'error')
  throw cannotStart(path, cause)
}

function trySpawn(path: string, options: SpawnOptions): ChildProcess {
  try {
    return spawn(path, [], { ...options, argv0: 'tsbuild-sandbox' })
  } catch (error) {
    throw error instanceof Error && 'syscall' in error ? cannotStart(path, error) : error
  }
}
