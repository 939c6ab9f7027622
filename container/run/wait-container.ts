import { waitForExit } from '../control/control-client.ts'
import { filesOf } from '../state/container-files.ts'
import { readState } from '../state/state-file.ts'
import { findStored, type StoredContainer } from '../state/stored-container.ts'
import { removedConcurrently } from '../upkeep/hold-container.ts'

/** The exit code once the container has exited for good; immediately if it is not running. */
export async function waitForContainer(root: string, stored: StoredContainer, signal?: AbortSignal): Promise<number> {
  const files = filesOf(root, stored.id)
  const exit = await waitForExit(files, { ...(signal !== undefined && { signal }) })
  if (typeof exit === 'object') return exit.exitCode
  const { exitCode } = readState(files).state
  if (findStored(root, stored.id) === undefined) throw removedConcurrently(stored) // and its state was removed with it
  return exitCode
}
