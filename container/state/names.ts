import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readlinkSync, renameSync, symlinkSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { hasCode } from '../../errors/index.ts'
import { ContainerError } from '../contract/errors.ts'
import { draftFolder, filesOf, nameLink, namesFolder } from './container-files.ts'
import { createFolder } from './create-folder.ts'
import { hasLiveOwner } from './draft-maker.ts'
import { randomName } from './random-name.ts'

/** SPEC: moby daemon/names, RestrictedNamePattern. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/
const RANDOM_TRIES = 50

/** Throws CONTAINER_BAD_OPTION. Strips a leading slash, as docker does. */
export function checkedName(text: string): string {
  const name = text.replace(/^\//, '')
  if (NAME.test(name) && name.length <= 200) return name
  throw new ContainerError(
    'CONTAINER_BAD_OPTION',
    `Cannot use name "${text}": not a valid container name (expected two or more letters, digits, "_", "." and "-", the first a letter or digit)`,
  )
}

/**
 * The container's draft must be signed: others may take a name whose container does not exist. Throws
 * CONTAINER_NAME_TAKEN.
 */
export function claimName(root: string, id: string, requested: string | undefined): string {
  createFolder(namesFolder(root))
  if (requested !== undefined) {
    if (!tryClaim(root, requested, id)) throw taken(root, requested)
    return requested
  }
  for (let attempt = 0; attempt < RANDOM_TRIES; attempt += 1) {
    const name = randomName(attempt)
    if (tryClaim(root, name, id)) return name
  }
  throw new ContainerError('CONTAINER_NAME_TAKEN', `Cannot find a free name: ${RANDOM_TRIES} random names are in use`, {
    hint: 'Set one with --name',
  })
}

export function releaseName(root: string, name: string, id: string): void {
  if (idOfName(root, name) === id) unlinkSync(nameLink(root, name))
}

/** Undefined if the name is free. */
export function idOfName(root: string, name: string): string | undefined {
  if (!NAME.test(name)) return undefined
  try {
    return readlinkSync(nameLink(root, name))
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EINVAL')) return undefined
    throw error
  }
}

export function nameOfId(root: string, id: string): string | undefined {
  return readdirSync(namesFolder(root)).find((name) => idOfName(root, name) === id)
}

function tryClaim(root: string, name: string, id: string): boolean {
  try {
    symlinkSync(id, nameLink(root, name))
    return true
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
  return isAbandoned(root, name) && takeOver(root, name, id)
}

/**
 * Left behind by a process that was killed between claiming a name and creating its container, or while removing one.
 */
function isAbandoned(root: string, name: string): boolean {
  const owner = idOfName(root, name)
  return owner !== undefined && !isThere(root, owner)
}

/** A container being created is first a draft, then a container: checking in this order always finds one of them. */
function isThere(root: string, id: string): boolean {
  return hasLiveOwner(draftFolder(root, id)) || existsSync(filesOf(root, id).directory)
}

/**
 * Two processes may try at once: the link is moved aside before it is checked again, so that a fresh claim is never
 * lost.
 */
function takeOver(root: string, name: string, id: string): boolean {
  const aside = join(namesFolder(root), `.${randomUUID()}`)
  try {
    renameSync(nameLink(root, name), aside)
    const owner = readlinkSync(aside)
    const isOwned = isThere(root, owner)
    symlinkSync(isOwned ? owner : id, nameLink(root, name))
    unlinkSync(aside)
    return !isOwned
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EEXIST')) return false // another process was faster
    throw error
  }
}

function taken(root: string, name: string): ContainerError {
  const owner = idOfName(root, name)?.slice(0, 12) ?? 'another one'
  return new ContainerError(
    'CONTAINER_NAME_TAKEN',
    `Cannot name the container "${name}": the name is already in use by container "${owner}"`,
    { hint: `Remove or rename that container: tsbuild rm ${name}` },
  )
}
