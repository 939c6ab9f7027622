import { filesOf } from './container-files.ts'
import { waitForExit } from './control-client.ts'
import { gone } from './hold-container.ts'
import { readState } from './state-file.ts'
import { findStored, type StoredContainer } from './stored-container.ts'

/** The exit code of the container when it has ended for good; at once if it is not running. */
export async function waitForContainer(root: string, stored: StoredContainer, signal?: AbortSignal): Promise<number> {
  const files = filesOf(root, stored.id)
  const exit = await waitForExit(files, signal === undefined ? {} : { signal })
  if (typeof exit === 'object') return exit.exitCode
  const { exitCode } = readState(files).state
  if (findStored(root, stored.id) === undefined) throw gone(stored) // and its state with it
  return exitCode
}
