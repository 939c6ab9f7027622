import { randomBytes } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { hasCode } from '../../errors/index.ts'
import { readOwnText } from '../../layer-store/index.ts'
import type { VolumeRequest } from '../contract/container.ts'
import type { ContainerContext } from '../contract/context.ts'
import { ContainerError, isDamage } from '../contract/errors.ts'
import type { Volume } from '../contract/record.ts'
import { volumesFolder } from '../state/container-files.ts'
import { createFolder } from '../state/create-folder.ts'
import { changeStore } from '../state/file-errors.ts'
import { removeAside } from '../state/remove-aside.ts'
import { volumeContent } from './volume-options.ts'

/** SPEC: moby volume names, RestrictedNameChars. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,199}$/

interface StoredVolume {
  readonly createdAt: string
  readonly labels: Readonly<Record<string, string>>
  readonly options?: Readonly<Record<string, string>>
  readonly isAnonymous: boolean
}

/** A fresh volume has not been seen by any other process yet. */
export type EnsuredVolume = Volume & { readonly isFresh: boolean }

/**
 * Returns an existing volume unchanged. A new one is created aside and renamed, so that it appears complete, with what
 * `fill` puts into its directory.
 */
export async function ensureVolume(
  context: ContainerContext,
  request: VolumeRequest,
  fill: (directory: string) => Promise<void> = async () => {},
): Promise<EnsuredVolume> {
  const { root } = context
  const name = request.name ?? randomBytes(32).toString('hex')
  if (!NAME.test(name)) {
    throw new ContainerError(
      'CONTAINER_BAD_OPTION',
      `Cannot use volume name "${name}": not a valid volume name (expected letters, digits, "_", "." and "-"; at least two)`,
      name.includes('/') ? { hint: 'Use an absolute path for a host directory' } : {},
    )
  }
  const found = findVolume(root, name)
  if (found !== undefined) return { ...found, isFresh: false }
  const options = request.options ?? {}
  volumeContent(options) // throws if it cannot be mounted
  const stored = {
    createdAt: new Date().toISOString(),
    labels: request.labels ?? {},
    ...(Object.keys(options).length === 0 ? {} : { options }),
    isAnonymous: request.name === undefined,
  }
  const created = await buildVolume(context, { name, stored, fill })
  if (created.isFresh)
    context.store.events.append({ type: 'volume', action: 'create', id: name, attributes: { driver: 'local' } })
  return created
}

/** Undefined if it does not exist. Throws CONTAINER_DAMAGED. */
export function findVolume(root: string, name: string): Volume | undefined {
  if (!NAME.test(name)) return undefined
  const folder = join(volumesFolder(root), name)
  const mountpoint = join(folder, '_data')
  try {
    const stored: unknown = JSON.parse(readOwnText(join(folder, 'volume.json')))
    if (!isStored(stored)) throw damaged(name, 'its volume.json is damaged')
    // SECURITY: a link would expose its target, whatever that is.
    if (!lstatSync(mountpoint).isDirectory()) throw damaged(name, 'its _data is not a directory')
    return { name, mountpoint, ...stored }
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    if (error instanceof SyntaxError) throw damaged(name, 'its volume.json is damaged')
    throw error
  }
}

/** What must be flushed so that a volume survives a power failure. */
export function durableVolumePaths(root: string, name: string): readonly string[] {
  const folder = join(volumesFolder(root), name)
  return [join(folder, 'volume.json'), join(folder, '_data'), folder, volumesFolder(root)]
}

function damaged(name: string, what: string): ContainerError {
  const hint = `Check its remaining content, then remove it: tsbuild volume rm -f ${name}`
  return new ContainerError('CONTAINER_DAMAGED', `Cannot read volume "${name}": ${what}`, { exitCode: 1, hint })
}

export function getVolume(root: string, name: string): Volume {
  const found = findVolume(root, name)
  if (found !== undefined) return found
  throw new ContainerError('VOLUME_MISSING', `Cannot find volume "${name}": no such volume`, {
    hint: 'List volumes: tsbuild volume ls',
    exitCode: 1,
  })
}

/** Sorted by name. A damaged volume is skipped and reported to `onDamaged`. */
export function listVolumes(root: string, onDamaged: (error: ContainerError) => void): Volume[] {
  let names: string[] = []
  try {
    names = readdirSync(volumesFolder(root)).filter((name) => NAME.test(name))
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
  return names.sort().flatMap((name) => readOne(root, name, onDamaged))
}

function readOne(root: string, name: string, onDamaged: (error: ContainerError) => void): Volume[] {
  try {
    const found = findVolume(root, name)
    return found === undefined ? [] : [found]
  } catch (error) {
    if (!isDamage(error)) throw error
    onDamaged(error)
    return []
  }
}

/** Returns the names removed, without those that another process removed concurrently. */
export function deleteVolumes(context: ContainerContext, names: readonly string[]): Promise<readonly string[]> {
  return removeAside(context, names, (name) => moveAside(context, name))
}

/** Undefined if another process removed it. */
function moveAside({ root, store }: ContainerContext, name: string): string | undefined {
  const aside = join(volumesFolder(root), `.gone-${name}-${randomBytes(4).toString('hex')}`)
  try {
    changeStore(`remove volume "${name}"`, () => renameSync(join(volumesFolder(root), name), aside))
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
  store.events.append({ type: 'volume', action: 'destroy', id: name, attributes: { driver: 'local' } })
  return aside
}

interface NewVolume {
  readonly name: string
  readonly stored: StoredVolume
  readonly fill: (directory: string) => Promise<void>
}

async function buildVolume(context: ContainerContext, { name, stored, fill }: NewVolume): Promise<EnsuredVolume> {
  const { root, native } = context
  const folder = join(volumesFolder(root), name)
  const draft = join(volumesFolder(root), `.new-${name}-${randomBytes(4).toString('hex')}`)
  const action = `create volume "${name}"`
  try {
    changeStore(action, () => layOut(draft, stored))
    await fill(join(draft, '_data'))
    const isFresh = changeStore(action, () => publish(draft, folder))
    return isFresh
      ? { name, mountpoint: join(folder, '_data'), ...stored, isFresh }
      : { ...getVolume(root, name), isFresh }
  } finally {
    if (existsSync(draft)) await native.trees.remove({ paths: [draft] }) // its files may belong to other users
  }
}

function layOut(draft: string, stored: StoredVolume): void {
  createFolder(dirname(draft))
  mkdirSync(draft, { mode: 0o755 })
  mkdirSync(join(draft, '_data'), { mode: 0o755 })
  // Programs flush what they write to a named volume, also if nothing else flushes the volume.
  writeFileSync(join(draft, 'volume.json'), JSON.stringify(stored), { flush: !stored.isAnonymous })
}

/** False if another process created the volume concurrently. */
function publish(draft: string, folder: string): boolean {
  try {
    renameSync(draft, folder)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST')) return false
    throw error
  }
}

function isStored(document: unknown): document is StoredVolume {
  if (typeof document !== 'object' || document === null) return false
  const { createdAt, labels, options = {}, isAnonymous } = document as Readonly<Record<string, unknown>>
  return typeof createdAt === 'string' && typeof isAnonymous === 'boolean' && isTexts(labels) && isTexts(options)
}

function isTexts(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string')
}
