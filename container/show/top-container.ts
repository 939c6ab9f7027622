import type { ProcessTable } from '../contract/container.ts'
import type { ContainerContext } from '../contract/context.ts'
import { requireRunning } from '../control/stop-container.ts'
import { filesOf } from '../state/container-files.ts'
import { emitEvent } from '../state/emit-event.ts'
import { readState } from '../state/state-file.ts'
import type { StoredContainer } from '../state/stored-container.ts'
import { hostPs } from './host-ps.ts'
import { processesOf, processTable } from './process-table.ts'

/** Processes of the container, with the columns selected by options of ps. */
export function topContainer(
  context: ContainerContext,
  stored: StoredContainer,
  psOptions: readonly string[],
): ProcessTable {
  const pids = processesOf(requireRunning(context, stored), readState(filesOf(context.root, stored.id)).cgroup)
  const table = psOptions.length === 0 ? processTable(pids) : hostPs(psOptions, pids)
  emitEvent(context, stored, { action: 'top' })
  return table
}
