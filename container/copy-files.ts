import { closeSync } from 'node:fs'
import type { CopyRequest, CopyResult, TreeWork } from '../sandbox-native/driver/index.ts'
import type { CopyFromRequest, CopyToRequest } from './container.ts'
import { filesOf } from './container-files.ts'
import { lockContainer } from './container-lock.ts'
import type { ContainerContext } from './context.ts'
import { ContainerError } from './errors.ts'
import { recoverContainer } from './recover-container.ts'
import { mountsOf, rootfsOf } from './run-request.ts'
import { readState } from './state-file.ts'
import type { StoredContainer } from './stored-container.ts'
import { tellEvent } from './tell-event.ts'

/** The kernel's own files, which differ from reader to reader. Docker does not show them either. */
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

async function copy(
  context: ContainerContext,
  stored: StoredContainer,
  copying: Omit<CopyRequest, 'verb' | 'root'>,
  more: Parameters<TreeWork['copy']>[1],
): Promise<CopyResult> {
  if (copying.path === '') throw noPath(stored)
  const { root, release } = await openRoot(context, stored)
  try {
    const copied = await context.native.trees.copy({ ...copying, root, hidden: HIDDEN }, more)
    tellEvent(context, stored, { action: copying.direction === 'in' ? 'extract-to-dir' : 'archive-path' })
    return copied
  } finally {
    release()
  }
}

/** As its processes see it, or mounted for the time of the copy: nobody starts the container meanwhile. */
async function openRoot(context: ContainerContext, stored: StoredContainer) {
  await recoverContainer(context, stored)
  let running = processOf(context, stored)
  const lock = await lockContainer(context, stored, async () => {
    running = processOf(context, stored)
    return running !== undefined
  })
  if (running !== undefined) return { root: running, release: () => {} }
  if (lock === undefined) throw gone(stored)
  try {
    return { root: await layersOf(context, stored), release: () => closeSync(lock) }
  } catch (error) {
    closeSync(lock)
    throw error
  }
}

/** Undefined unless it runs: one that is about to start or to end is waited for. */
function processOf(context: ContainerContext, stored: StoredContainer) {
  const { state, startTicks } = readState(filesOf(context.root, stored.id))
  return state.pid === 0 ? undefined : { kind: 'process' as const, pid: state.pid, startTicks }
}

/** Without what is held in memory while it runs. */
async function layersOf(context: ContainerContext, stored: StoredContainer) {
  const trees = await context.store.layers.trees(stored.chain)
  return {
    kind: 'layers' as const,
    rootfs: rootfsOf(filesOf(context.root, stored.id), stored, trees),
    mounts: mountsOf(stored).filter(({ kind }) => kind !== 'tmpfs'),
  }
}

function noPath(stored: StoredContainer): ContainerError {
  return new ContainerError(
    'CONTAINER_BAD_OPTION',
    `Cannot copy to or from container "${stored.name}": no path is given (CONTAINER:PATH)`,
  )
}

function gone(stored: StoredContainer): ContainerError {
  return new ContainerError('CONTAINER_MISSING', `Cannot find container "${stored.name}": it was removed meanwhile`, {
    exitCode: 1,
  })
}
