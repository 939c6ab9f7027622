import type { CopyRequest, CopyResult, TreeWork } from '../../sandbox-native/driver/index.ts'
import type { CopyFromRequest, CopyToRequest } from '../contract/container.ts'
import type { ContainerContext } from '../contract/context.ts'
import { ContainerError } from '../contract/errors.ts'
import { mountsOf, rootfsOf } from '../run/run-request.ts'
import { filesOf } from '../state/container-files.ts'
import { emitEvent } from '../state/emit-event.ts'
import type { StoredContainer } from '../state/stored-container.ts'
import { treesBelow } from '../state/trees-below.ts'
import { holdContainer } from '../upkeep/hold-container.ts'

/** Kernel filesystems, whose content depends on the reader. Docker does not show them either. */
const HIDDEN = ['/proc', '/sys', '/dev']

export function copyFrom(
  context: ContainerContext,
  stored: StoredContainer,
  { path, to, followLink = false, signal }: CopyFromRequest,
): Promise<CopyResult> {
  const copying = { direction: 'out' as const, path, followLink }
  if (typeof to === 'string') return copy(context, stored, { ...copying, hostPath: to }, { signal })
  return copy(context, stored, copying, { sink: to, signal })
}

export function copyTo(
  context: ContainerContext,
  stored: StoredContainer,
  { from, path, followLink = false, archive = false, signal }: CopyToRequest,
): Promise<CopyResult> {
  const owner = archive && stored.user !== '' ? { owner: stored.user } : {}
  const copying = { direction: 'in' as const, path, followLink, ...owner }
  if (typeof from === 'string') return copy(context, stored, { ...copying, hostPath: from }, { signal })
  return copy(context, stored, copying, { source: from, signal })
}

function copy(
  context: ContainerContext,
  stored: StoredContainer,
  copying: Omit<CopyRequest, 'root'>,
  more: Parameters<TreeWork['copy']>[1],
): Promise<CopyResult> {
  if (copying.path === '') throw noPath(stored)
  return holdContainer(context, stored, async (running) => {
    // As its processes see it, or mounted during the copy.
    const root: CopyRequest['root'] =
      running === undefined
        ? await layersOf(context, stored)
        : { kind: 'process', pid: running.state.pid, startTicks: running.startTicks }
    const { onWarning } = context
    const copied = await context.native.trees.copy({ ...copying, root, hidden: HIDDEN }, { ...more, onWarning })
    emitEvent(context, stored, { action: copying.direction === 'in' ? 'extract-to-dir' : 'archive-path' })
    return copied
  })
}

/** Without what is in memory while it runs. */
async function layersOf(context: ContainerContext, stored: StoredContainer): Promise<CopyRequest['root']> {
  const trees = await treesBelow(context, stored)
  return {
    kind: 'layers',
    rootfs: rootfsOf(filesOf(context.root, stored.id), stored, trees),
    mounts: mountsOf(stored).filter(({ kind }) => kind !== 'tmpfs'),
  }
}

function noPath(stored: StoredContainer): ContainerError {
  return new ContainerError(
    'CONTAINER_BAD_OPTION',
    `Cannot copy to or from container "${stored.name}": no path is given (expected CONTAINER:PATH)`,
  )
}
