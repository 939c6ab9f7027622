import { randomBytes } from 'node:crypto'
import { closeSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { ContainerContext } from '../contract/context.ts'
import { ContainerError, isDamage } from '../contract/errors.ts'
import { killContainer } from '../control/stop-container.ts'
import { containersFolder, filesOf } from '../state/container-files.ts'
import { lockContainer } from '../state/container-lock.ts'
import { changeStore, isErrno } from '../state/file-errors.ts'
import { releaseName } from '../state/names.ts'
import { readState } from '../state/state-file.ts'
import type { NamedContainer } from '../state/stored-container.ts'
import { tellEvent } from '../state/tell-event.ts'
import { volumeUsers } from '../volumes/volume-users.ts'
import { deleteVolume } from '../volumes/volumes.ts'

/** Processes first, then the name, then the files. False where another process has removed it at the same time. */
export async function removeContainer(
  context: ContainerContext,
  stored: NamedContainer,
  options: { readonly force?: boolean; readonly volumes?: boolean },
): Promise<boolean> {
  const isOurs = await removeFiles(context, stored, () => endIfAllowed(context, stored, options.force ?? false))
  if (isOurs) tellEvent(context, stored, { action: 'destroy' })
  if (options.volumes === true) await removeAnonymousVolumes(context, stored)
  return isOurs
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
    const { isAbandoned, cgroup, orphan } = readState(files)
    if (isAbandoned) await context.native.supervisors.release(cgroup, orphan)
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

/** Those that no other container was given with --volumes-from; where that can't be known, all of them stay. */
async function removeAnonymousVolumes(context: ContainerContext, stored: NamedContainer): Promise<void> {
  const names = stored.mounts.flatMap(({ name, isAnonymous }) => (isAnonymous ? (name ?? []) : []))
  if (names.length === 0) return
  try {
    const used = volumeUsers(context.root)
    for (const name of names) if (!used.has(name)) await deleteVolume(context, name)
  } catch (error) {
    if (!isDamage(error)) throw error
    context.onWarning(error.message)
  }
}

function stillRunning(stored: NamedContainer, status: string): ContainerError {
  return new ContainerError(
    'CONTAINER_RUNNING',
    `Cannot remove container "${stored.name}": it is ${status} (a stopped container)`,
    { hint: `Stop it first, or remove it with force: tsbuild rm -f ${stored.name}`, exitCode: 1 },
  )
}
