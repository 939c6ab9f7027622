import { filesOf } from './container-files.ts'
import { waitForExit } from './control-client.ts'
import { readState } from './state-file.ts'
import type { StoredContainer } from './stored-container.ts'

/** The exit code of the container when it has ended for good; at once if it is not running. */
export async function waitForContainer(root: string, stored: StoredContainer, signal?: AbortSignal): Promise<number> {
  const files = filesOf(root, stored.id)
  const exit = await waitForExit(files, signal === undefined ? {} : { signal })
  return typeof exit === 'object' ? exit.exitCode : readState(files).state.exitCode
}
