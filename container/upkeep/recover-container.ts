import { closeSync, existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ContainerContext } from '../contract/context.ts'
import { isDamage } from '../contract/errors.ts'
import { containersFolder, filesOf, volumesFolder } from '../state/container-files.ts'
import { lockContainer } from '../state/container-lock.ts'
import { hasLivingMaker, isOrphan } from '../state/draft-maker.ts'
import { containerIds } from '../state/find-container.ts'
import { readState, writeEnd } from '../state/state-file.ts'
import { findStored, type StoredContainer } from '../state/stored-container.ts'
import { tellEvent } from '../state/tell-event.ts'
import { removeContainer } from './remove-container.ts'

/** Longer than making or removing a container or a volume takes. */
const REMNANT_MS = 15 * 60_000

/**
 * Clears up after supervisors that were killed: what they left running, their cgroups, and what was to be removed. What
 * can't be done is a warning. A damaged container waits for its removal by force.
 */
export async function recoverAll(context: ContainerContext): Promise<void> {
  await warnOnly(context, () => removeRemnants(context))
  for (const id of containerIds(context.root)) {
    const stored = findAbandoned(context.root, id)
    if (stored !== undefined) await warnOnly(context, () => recoverContainer(context, stored))
  }
}

/** A full disk, say: how the containers are can be told all the same, and the next one clears up. */
async function warnOnly(context: ContainerContext, clearUp: () => Promise<void>): Promise<void> {
  try {
    await clearUp()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    context.onWarning(error.message)
  }
}

/** None where another user has written its state: nothing that it names is acted upon. */
function findAbandoned(root: string, id: string): StoredContainer | undefined {
  try {
    return readState(filesOf(root, id)).isAbandoned ? findStored(root, id) : undefined
  } catch (error) {
    if (isDamage(error)) return undefined
    throw error
  }
}

/** Directories of containers and volumes that were being made or removed when the process that did it was killed. */
async function removeRemnants({ root, native }: ContainerContext): Promise<void> {
  const isOrphaned = (path: string) => isOrphan(path) || (isOld(path) && !hasLivingMaker(path))
  const paths = [
    ...pathsIn(containersFolder(root), '.new-').filter(isOrphaned),
    ...pathsIn(containersFolder(root), '.gone-').filter(isOld),
    ...pathsIn(volumesFolder(root), '.new-').filter(isOld),
    ...pathsIn(volumesFolder(root), '.gone-').filter(isOld),
  ]
  if (paths.length > 0) await native.trees.remove({ paths })
}

function pathsIn(folder: string, prefix: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder) : []
  return names.filter((name) => name.startsWith(prefix)).map((name) => join(folder, name))
}

function isOld(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  return found !== undefined && Date.now() - found.mtimeMs > REMNANT_MS
}

/** Nothing for a container whose supervisor is alive, or has ended in order. */
export async function recoverContainer(context: ContainerContext, stored: StoredContainer): Promise<void> {
  const files = filesOf(context.root, stored.id)
  if (!readState(files).isAbandoned) return
  const lock = await lockContainer(context, stored)
  if (lock === undefined) return // removed meanwhile
  try {
    const { isAbandoned, cgroup, orphan, state } = readState(files)
    if (!isAbandoned) return // another one was faster
    await context.native.supervisors.release(cgroup, orphan)
    if (!stored.autoRemove) writeEnd(files) // else it needs no room on a full disk
    if (state.status === 'exited') tellEvent(context, stored, { action: 'die', details: { exitCode: '137' } })
  } finally {
    closeSync(lock)
  }
  if (stored.autoRemove) await removeContainer(context, stored, { volumes: true })
}
