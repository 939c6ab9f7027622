import { randomBytes } from 'node:crypto'
import { closeSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { containersFolder, filesOf } from './container-files.ts'
import { lockContainer } from './container-lock.ts'
import type { ContainerContext } from './context.ts'
import { ContainerError } from './errors.ts'
import { changeStore, isErrno } from './file-errors.ts'
import { releaseName } from './names.ts'
import { readState } from './state-file.ts'
import { killContainer } from './stop-container.ts'
import type { NamedContainer } from './stored-container.ts'
import { tellEvent } from './tell-event.ts'
import { deleteVolume } from './volumes.ts'

/** Processes first, then the name, then the files. What another process removes at the same time is gone as well. */
export async function removeContainer(
  context: ContainerContext,
  stored: NamedContainer,
  options: { readonly force?: boolean; readonly volumes?: boolean },
): Promise<void> {
  const isOurs = await removeFiles(context, stored, () => endIfAllowed(context, stored, options.force ?? false))
  if (isOurs) tellEvent(context, stored, { action: 'destroy' })
  if (options.volumes === true) await removeAnonymousVolumes(context, stored)
}

/** Asked again as long as the lock is not ours: another process may start the container meanwhile. */
async function endIfAllowed(context: ContainerContext, stored: NamedContainer, force: boolean): Promise<false> {
  const { status } = readState(filesOf(context.root, stored.id)).state
  if (status === 'created' || status === 'exited' || status === 'dead') return false
  if (!force) throw stillRunning(stored, status)
  await killContainer(context, stored)
  return false
}

/** False where another one removed them. */
async function removeFiles(
  context: ContainerContext,
  stored: NamedContainer,
  endIfAllowed: () => Promise<false>,
): Promise<boolean> {
  const files = filesOf(context.root, stored.id)
  const aside = join(containersFolder(context.root), `.gone-${stored.id}-${randomBytes(4).toString('hex')}`)
  const lock = await lockContainer(context, stored, endIfAllowed)
  try {
    const { isAbandoned, cgroup } = readState(files)
    if (isAbandoned) await context.native.supervisors.release(cgroup)
    changeStore(`remove container "${stored.name}"`, () => renameSync(files.directory, aside))
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false
    throw error
  } finally {
    if (lock !== undefined) closeSync(lock)
  }
  releaseName(context.root, stored.name, stored.id)
  await context.native.trees.remove({ paths: [aside] })
  return true
}

async function removeAnonymousVolumes(context: ContainerContext, stored: NamedContainer): Promise<void> {
  for (const mount of stored.mounts) {
    if (mount.name === undefined || !mount.isAnonymous) continue
    try {
      await deleteVolume(context, mount.name)
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error
    }
  }
}

function stillRunning(stored: NamedContainer, status: string): ContainerError {
  return new ContainerError(
    'CONTAINER_RUNNING',
    `Cannot remove container "${stored.name}": it is ${status} (a stopped container)`,
    { hint: `Stop it first, or remove it with force: tsbuild rm -f ${stored.name}`, exitCode: 1 },
  )
}
