import { randomBytes } from 'node:crypto'
import { closeSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { hasCode } from '../../errors/index.ts'
import { flushPaths } from '../../layer-store/index.ts'
import type { ContainerContext } from '../contract/context.ts'
import { ContainerError, isDamage } from '../contract/errors.ts'
import { killContainer } from '../control/stop-container.ts'
import { containersFolder, filesOf } from '../state/container-files.ts'
import { lockContainer } from '../state/container-lock.ts'
import { emitEvent } from '../state/emit-event.ts'
import { changeStore } from '../state/file-errors.ts'
import { releaseName } from '../state/names.ts'
import { readState } from '../state/state-file.ts'
import type { NamedContainer } from '../state/stored-container.ts'
import { volumeUsers } from '../volumes/volume-users.ts'
import { deleteVolumes } from '../volumes/volumes.ts'
import { releaseAbandoned } from './release-abandoned.ts'

/**
 * Removes processes first, then the name, then the files. False if another process removed the container concurrently.
 */
export async function removeContainer(
  context: ContainerContext,
  stored: NamedContainer,
  options: { readonly force?: boolean; readonly volumes?: boolean },
): Promise<boolean> {
  const isOurs = await removeFiles(context, stored, () => endIfAllowed(context, stored, options.force ?? false))
  if (isOurs) emitEvent(context, stored, { action: 'destroy' })
  if (options.volumes === true) await removeAnonymousVolumes(context, stored)
  return isOurs
}

/**
 * Repeated until the lock is taken: another process may start the container concurrently. With force, it is killed
 * whatever its state file says, which may be damaged.
 */
async function endIfAllowed(context: ContainerContext, stored: NamedContainer, force: boolean): Promise<false> {
  if (force) {
    await killContainer(context, stored)
    return false
  }
  const { status } = readState(filesOf(context.root, stored.id)).state
  if (status !== 'created' && status !== 'exited' && status !== 'dead') throw stillRunning(stored, status)
  return false
}

/** False if another process removed them. */
async function removeFiles(
  context: ContainerContext,
  stored: NamedContainer,
  endIfAllowed: () => Promise<false>,
): Promise<boolean> {
  const lock = await lockContainer(context, stored, endIfAllowed)
  let aside: string | undefined
  try {
    await releaseAbandoned(context, [stored])
    aside = moveAside(context, stored)
  } finally {
    if (lock !== undefined) closeSync(lock)
  }
  if (aside === undefined) return false
  await flushPaths([containersFolder(context.root)])
  await context.native.trees.remove({ paths: [aside] })
  return true
}

/**
 * Hides the container, by a single rename, and its name. The caller holds its lock; undefined if another process
 * removed it.
 */
export function moveAside({ root }: ContainerContext, { id, name }: NamedContainer): string | undefined {
  const aside = join(containersFolder(root), `.gone-${id}-${randomBytes(4).toString('hex')}`)
  try {
    changeStore(`remove container "${name}"`, () => renameSync(filesOf(root, id).directory, aside))
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
  releaseName(root, name, id)
  return aside
}

/** Keeps volumes that another container got by --volumes-from; if that cannot be determined, keeps all. */
async function removeAnonymousVolumes(context: ContainerContext, stored: NamedContainer): Promise<void> {
  const names = stored.mounts.flatMap(({ name, isAnonymous }) => (isAnonymous ? (name ?? []) : []))
  if (names.length === 0) return
  try {
    const used = volumeUsers(context.root)
    await deleteVolumes(
      context,
      names.filter((name) => !used.has(name)),
    )
  } catch (error) {
    if (!isDamage(error)) throw error
    context.onWarning(error.message)
  }
}

function stillRunning(stored: NamedContainer, status: string): ContainerError {
  return new ContainerError(
    'CONTAINER_RUNNING',
    `Cannot remove container "${stored.name}": container is ${status} (expected a stopped container)`,
    { hint: `Stop it first, or remove it with force: tsbuild rm -f ${stored.name}`, exitCode: 1 },
  )
}
