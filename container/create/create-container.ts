import { mkdirSync, renameSync } from 'node:fs'
import { hostname } from 'node:os'
import type { ContainerContext } from '../contract/context.ts'
import { ContainerError } from '../contract/errors.ts'
import type { RunSpec } from '../contract/run-spec.ts'
import { settingsOf } from '../settings/container-settings.ts'
import { joinedContainer, withJoinedIds } from '../settings/joined-namespaces.ts'
import { containersFolder, draftFolder, filesIn, filesOf } from '../state/container-files.ts'
import { createFolder } from '../state/create-folder.ts'
import { signDraft } from '../state/draft-maker.ts'
import { emitEvent } from '../state/emit-event.ts'
import { changeStore } from '../state/file-errors.ts'
import { findContainer } from '../state/find-container.ts'
import { checkedName, claimName, releaseName } from '../state/names.ts'
import { randomId } from '../state/random-name.ts'
import { type StoredContainer, writeStored } from '../state/stored-container.ts'
import { deleteVolumes } from '../volumes/volumes.ts'
import { chooseUsers, settleUsers } from './choose-users.ts'
import { imageTrees, settleTree } from './image-trees.ts'
import { createInitLayer } from './init-layer.ts'
import { requireImage, resolveImage } from './resolve-image.ts'
import { resolveMounts } from './resolve-mounts.ts'

/** A container that is being created. */
interface Draft {
  readonly id: string
  readonly directory: string
  readonly anonymousVolumes: string[]
  name?: string
}

/** Atomic, by rename: the container is either complete or does not exist. */
export async function createContainer(context: ContainerContext, spec: RunSpec): Promise<StoredContainer> {
  const { root } = context
  const { refusal } = context.native.supervisors
  if (refusal !== undefined) throw refusal
  const requestedName = spec.name === undefined ? undefined : checkedName(spec.name)
  // The lock protects the image's layers until the container refers to them. Taking it starts a process, so it is
  // awaited only when layers are first used; a layer that was removed before is noticed there.
  const lock = context.store.lock('shared')
  lock.catch(() => {})
  const id = randomId()
  const draft: Draft = { id, directory: draftFolder(root, id), anonymousVolumes: [] }
  try {
    const chosen = await fillDraft(context, spec, { draft, wantedName: requestedName, lock })
    writeStored(filesIn(draft.directory).config, chosen)
    renameSync(draft.directory, filesOf(root, id).directory)
    const stored = settleUsers(context, chosen)
    emitEvent(context, stored, { action: 'create' })
    warnOfIgnored(context, spec, stored)
    return stored
  } catch (error) {
    await undo(context, draft)
    throw error
  } finally {
    await lock.then(
      (held) => held.release(),
      () => {}, // the lock was never taken
    )
  }
}

interface DraftRequest {
  readonly draft: Draft
  readonly wantedName: string | undefined
  readonly lock: Promise<unknown>
}

/** Resolves the settings, claims the name and creates the init layer. */
async function fillDraft(
  context: ContainerContext,
  spec: RunSpec,
  { draft, wantedName: requestedName, lock }: DraftRequest,
): Promise<StoredContainer> {
  const { root } = context
  const { id, directory } = draft
  const image = await resolveImage(context, spec.image, spec)
  const network = resolveNetwork(root, spec.network ?? 'private')
  const settings = settingsOf({
    spec: withJoinedIds(root, spec),
    image,
    id,
    network,
    env: context.env,
    sharedHostname: hostnameOn(root, network),
  })
  const name = changeStore('create a container', () => {
    createFolders(root, directory)
    signDraft(directory)
    return claimName(root, id, requestedName)
  })
  draft.name = name
  await lock
  await requireImage(context, image, spec.image)
  const trees = await imageTrees(context, filesIn(directory), image.chain)
  const onAnonymous = (volume: string) => void draft.anonymousVolumes.push(volume)
  const mounts = await resolveMounts(context, spec, {
    image,
    trees,
    isTemporary: spec.autoRemove === true,
    onAnonymous,
  })
  changeStore(`create container "${name}"`, () => createInitLayer(filesIn(directory).initLayer, trees))
  await settleTree(context, filesIn(directory))
  return {
    version: 1,
    id,
    name,
    image: spec.image,
    imageId: image.id,
    chain: image.chain,
    createdAt: new Date().toISOString(),
    network,
    ...settings,
    ...mounts,
    ...chooseUsers(context, spec.userns),
  }
}

/** Removes what exists of a container that could not be created; the original failure is the one to report. */
async function undo(context: ContainerContext, { id, directory, name, anonymousVolumes }: Draft): Promise<void> {
  const { root } = context
  if (name !== undefined) releaseName(root, name, id)
  await context.native.trees.remove({ paths: [directory, filesOf(root, id).directory] }).catch(() => {})
  await deleteVolumes(context, anonymousVolumes).catch(() => {})
}

function warnOfIgnored(context: ContainerContext, spec: RunSpec, { network, init, pid }: StoredContainer): void {
  const isPublished = (spec.ports ?? []).length > 0 || spec.publishAll === true
  if (isPublished && (network === 'host' || network === 'none'))
    context.onWarning(`Published ports are discarded when using ${network} network mode`)
  if (init && pid !== undefined)
    context.onWarning('An init process has no effect in a joined PID namespace: process 1 already exists')
}

/** Containers that share a network share its hostname. */
function hostnameOn(root: string, network: string): string {
  const other = joinedContainer(network)
  return other === undefined ? hostname() : findContainer(root, other).hostname
}

/** SECURITY: a container's files may be setuid, and its root open to all: no other user of the machine may enter it. */
function createFolders(root: string, draft: string): void {
  createFolder(containersFolder(root))
  mkdirSync(draft, { mode: 0o700 })
  mkdirSync(filesIn(draft).upper, { mode: 0o755 })
  mkdirSync(filesIn(draft).work, { mode: 0o700 })
}

/** Docker's names for networks that exist without a daemon. */
function resolveNetwork(root: string, network: string): string {
  if (network === 'none' || network === 'host') return network
  if (network === 'private' || network === 'bridge' || network === 'default') return 'private'
  const other = joinedContainer(network)
  if (other !== undefined) return `container:${findContainer(root, other).id}`
  throw new ContainerError('CONTAINER_BAD_OPTION', `Cannot use network "${network}": no such network`, {
    hint: 'Use none, host, private (also bridge) or container:NAME',
  })
}
