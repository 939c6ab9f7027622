import { readdirSync } from 'node:fs'
import { hasCode } from '../../errors/index.ts'
import { ContainerError, isDamage } from '../contract/errors.ts'
import { containersFolder } from './container-files.ts'
import { idOfName, nameOfId } from './names.ts'
import { findStored, type NamedContainer, type StoredContainer } from './stored-container.ts'

/** Finds by full ID, by name, or by an unambiguous prefix of an ID, in this order. Throws CONTAINER_MISSING. */
export function findContainer(root: string, ref: string): StoredContainer {
  const id = idOf(root, ref)
  const found = id === undefined ? undefined : findStored(root, id)
  if (found !== undefined) return found
  throw new ContainerError('CONTAINER_MISSING', `Cannot find container "${ref}": no such container`, {
    hint: 'List containers: tsbuild ps -a',
    exitCode: 1,
  })
}

/** Like `findContainer()`, but includes containers with a damaged config.json, so that they can be removed. */
export function findEvenDamaged(root: string, ref: string): NamedContainer {
  try {
    return findContainer(root, ref)
  } catch (error) {
    const id = idOf(root, ref)
    if (!isDamage(error) || id === undefined) throw error
    return { id, name: nameOfId(root, id) ?? '', image: '', labels: {}, mounts: [] }
  }
}

/** IDs of all completely created containers. */
export function containerIds(root: string): string[] {
  try {
    return readdirSync(containersFolder(root)).filter(isId)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}

function idOf(root: string, ref: string): string | undefined {
  return isId(ref) ? ref : (idOfName(root, ref.replace(/^\//, '')) ?? idOfPrefix(root, ref))
}

function isId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}

function idOfPrefix(root: string, prefix: string): string | undefined {
  if (!/^[0-9a-f]{1,63}$/.test(prefix)) return undefined
  const matches = containerIds(root).filter((id) => id.startsWith(prefix))
  if (matches.length < 2) return matches[0]
  throw new ContainerError(
    'CONTAINER_AMBIGUOUS',
    `Cannot find container "${prefix}": ${matches.length} IDs match this prefix (use more characters)`,
    { exitCode: 1, hint: 'List full IDs: tsbuild ps -a --no-trunc' },
  )
}
