import { type CopyRequest, type CopyResult, SandboxError, type TreeWork } from '../../sandbox-native/driver/index.ts'
import type { CopyFromRequest, CopyToRequest } from '../contract/container.ts'
import type { ContainerContext } from '../contract/context.ts'
import { ContainerError } from '../contract/errors.ts'
import type { ContainerState } from '../contract/record.ts'
import { mountsOf, rootfsOf } from '../run/run-request.ts'
import { filesOf } from '../state/container-files.ts'
import { emitEvent } from '../state/emit-event.ts'
import { hasExited } from '../state/has-exited.ts'
import type { ReadState } from '../state/state-file.ts'
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
  if (typeof to === 'string') return copy(context, stored, { copying: { ...copying, hostPath: to }, signal })
  return copy(context, stored, { copying, sink: to, signal })
}

export function copyTo(
  context: ContainerContext,
  stored: StoredContainer,
  { from, path, followLink = false, archive = false, signal }: CopyToRequest,
): Promise<CopyResult> {
  const owner = archive && stored.user !== '' ? { owner: stored.user } : {}
  const copying = { direction: 'in' as const, path, followLink, ...owner }
  if (typeof from === 'string') return copy(context, stored, { copying: { ...copying, hostPath: from }, signal })
  return copy(context, stored, { copying, source: from, signal })
}

type Copy = Parameters<TreeWork['copy']>[1] & { readonly copying: Omit<CopyRequest, 'root'> }

async function copy(
  context: ContainerContext,
  stored: StoredContainer,
  { copying, ...more }: Copy,
): Promise<CopyResult> {
  if (copying.path === '') throw noPath(stored)
  const { onWarning } = context
  for (let exitedPid = 0; ; ) {
    let root: CopyRequest['root'] | undefined
    const attempt = async (running: ReadState | undefined) => {
      root = await rootOf(context, stored, running)
      return context.native.trees.copy({ ...copying, root, hidden: HIDDEN }, { ...more, onWarning })
    }
    try {
      const isUp = ({ pid }: ContainerState) => pid !== 0 && pid !== exitedPid
      const copied = await holdContainer(context, { stored, isUp }, attempt)
      emitEvent(context, stored, { action: copying.direction === 'in' ? 'extract-to-dir' : 'archive-path' })
      return copied
    } catch (error) {
      if (root?.kind !== 'process' || !(await couldNotEnter(error, root))) throw error
      if (more.source !== undefined) throw exitedConcurrently(stored, error) // part of the stream may have been read
      exitedPid = root.pid
    }
  }
}

/** Nothing has been copied: the container exited before its root was opened. */
async function couldNotEnter(error: unknown, process: { pid: number; startTicks: number }): Promise<boolean> {
  return error instanceof SandboxError && error.code === 'SANDBOX_ENTER' && (await hasExited(process))
}

/** As its processes see it, or mounted during the copy. */
async function rootOf(
  context: ContainerContext,
  stored: StoredContainer,
  running: ReadState | undefined,
): Promise<CopyRequest['root']> {
  if (running === undefined) return layersOf(context, stored)
  return { kind: 'process', pid: running.state.pid, startTicks: running.startTicks }
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

function exitedConcurrently(stored: StoredContainer, cause: unknown): ContainerError {
  return new ContainerError(
    'CONTAINER_NOT_RUNNING',
    `Cannot copy to container "${stored.name}": it exited before the copy began`,
    { hint: 'Run the command again', exitCode: 1, cause },
  )
}

function noPath(stored: StoredContainer): ContainerError {
  return new ContainerError(
    'CONTAINER_BAD_OPTION',
    `Cannot copy to or from container "${stored.name}": no path is given (expected CONTAINER:PATH)`,
  )
}
