import { closeSync, existsSync, lstatSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf, hasCode, messageOf } from '../../errors/index.ts'
import { readOwnText } from '../../layer-store/index.ts'
import type { ContainerContext } from '../contract/context.ts'
import { isDamage } from '../contract/errors.ts'
import { containersFolder, filesOf, volumesFolder } from '../state/container-files.ts'
import { lockContainer, withFreeLocks } from '../state/container-lock.ts'
import { hasLiveOwner, isOrphan } from '../state/draft-maker.ts'
import { emitEvent } from '../state/emit-event.ts'
import { containerIds } from '../state/find-container.ts'
import { nameOfId, releaseName } from '../state/names.ts'
import { readState, writeEnd } from '../state/state-file.ts'
import { findStored, type StoredContainer } from '../state/stored-container.ts'
import { releaseAbandoned } from './release-abandoned.ts'
import { removeContainer } from './remove-container.ts'

/** Longer than creating or removing a container or volume takes. */
const REMNANT_MS = 15 * 60_000

/**
 * Cleans up after killed supervisors: running processes, cgroups, and containers with `autoRemove`. Failures are
 * warnings. A damaged container stays until it is removed by force.
 */
export async function recoverAll(context: ContainerContext): Promise<void> {
  await warnOnly(context, () => removeRemnants(context))
  const abandoned = containerIds(context.root).flatMap((id) => findAbandoned(context.root, id) ?? [])
  // Removal needs no disk space, recording an end does.
  const parts = [abandoned.filter(({ autoRemove }) => autoRemove), abandoned.filter(({ autoRemove }) => !autoRemove)]
  for (const part of parts) await recoverMany(context, part)
}

/** Uses few native processes; falls back to one at a time if a container makes that fail. */
async function recoverMany(context: ContainerContext, containers: readonly StoredContainer[]): Promise<void> {
  try {
    await withFreeLocks(context, containers, (locked) => writeEnds(context, locked))
    const toRemove = containers.filter(({ autoRemove }) => autoRemove)
    for (const stored of toRemove) await removeContainer(context, stored, { volumes: true })
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    if (hasCode(error, ...OF_ALL)) return context.onWarning(error.message)
    for (const stored of containers) await warnOnly(context, () => recoverContainer(context, stored))
  }
}

/** Errors that every container would get; reported once. */
const OF_ALL = ['STORE_FULL', 'STORE_READ_ONLY'] as const

/** The caller holds the containers' locks. */
async function writeEnds(context: ContainerContext, containers: readonly StoredContainer[]): Promise<void> {
  for (const stored of await releaseAbandoned(context, containers)) {
    const files = filesOf(context.root, stored.id)
    const { status } = readState(files).state
    if (!stored.autoRemove) writeEnd(files)
    if (status === 'exited') emitEvent(context, stored, { action: 'die', details: { exitCode: '137' } })
  }
}

/** Such as a full disk: the states can still be reported, and the next call cleans up. */
async function warnOnly(context: ContainerContext, cleanUp: () => Promise<void>): Promise<void> {
  try {
    await cleanUp()
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    context.onWarning(messageOf(error))
  }
}

/** Undefined if another user wrote its state, which must not be acted upon. */
function findAbandoned(root: string, id: string): StoredContainer | undefined {
  try {
    return readState(filesOf(root, id)).isAbandoned ? findStored(root, id) : undefined
  } catch (error) {
    if (isDamage(error)) return undefined
    throw error
  }
}

/** Removes directories of containers and volumes whose creation or removal was interrupted. */
async function removeRemnants({ root, native }: ContainerContext): Promise<void> {
  const blank = containerIds(root).filter((id) => isBlank(filesOf(root, id).config))
  for (const id of blank) releaseName(root, nameOfId(root, id) ?? '', id)
  const isOrphaned = (path: string) => isOrphan(path) || (isOld(path) && !hasLiveOwner(path))
  const paths = [
    ...blank.map((id) => filesOf(root, id).directory),
    ...pathsIn(volumesFolder(root), '').filter((path) => isBlank(join(path, 'volume.json'))),
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

/** No call had reported this container or volume yet when the power failed: others are flushed first. */
function isBlank(record: string): boolean {
  const found = lstatSync(record, { throwIfNoEntry: false })
  return found?.isFile() === true && found.uid === process.geteuid?.() && /^\0*$/.test(readOwnText(record))
}

function isOld(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  return found !== undefined && Date.now() - found.mtimeMs > REMNANT_MS
}

/** Does nothing if the container's supervisor is alive, or exited normally. */
export async function recoverContainer(context: ContainerContext, stored: StoredContainer): Promise<void> {
  const files = filesOf(context.root, stored.id)
  if (!readState(files).isAbandoned) return
  const lock = await lockContainer(context, stored)
  if (lock === undefined) return // removed concurrently
  try {
    await writeEnds(context, [stored])
  } finally {
    closeSync(lock)
  }
  if (stored.autoRemove) await removeContainer(context, stored, { volumes: true })
}
