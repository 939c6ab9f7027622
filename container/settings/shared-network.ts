import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs'
import { hasCode } from '../../errors/index.ts'
import type { ContainerFiles } from '../state/container-files.ts'
import { findStored, type StoredContainer } from '../state/stored-container.ts'
import { joinedContainer } from './joined-namespaces.ts'

/** Longer than chains that users create manually; cycles are impossible, as each container refers to an older one. */
const LONGEST_CHAIN = 100
const MAX_BYTES = 1 << 20

/** The container whose network, hosts, hostname and resolv.conf this one uses: itself, unless it shares another's. */
export function networkOwner(root: string, stored: StoredContainer): StoredContainer {
  let owner = stored
  for (let length = 0; length < LONGEST_CHAIN; length += 1) {
    const otherId = joinedContainer(owner.network)
    const other = otherId === undefined ? undefined : findStored(root, otherId)
    if (other === undefined) break
    owner = other
  }
  return owner
}

/**
 * Lets the containers of one network find each other by name; all names resolve to the shared loopback. The file is
 * bind-mounted into them, so it is changed in place.
 */
export function shareNames(owner: ContainerFiles, names: readonly string[]): void {
  let descriptor: number
  try {
    descriptor = openSync(owner.hosts, constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return // reported when it is mounted
    throw error
  }
  try {
    const text = readBounded(descriptor)
    const known = new Set(text.split(/\s+/))
    const lines = names.filter((name) => !known.has(name)).map((name) => `127.0.0.1\t${name}\n`)
    const start = text === '' || text.endsWith('\n') ? '' : '\n'
    if (lines.length > 0) writeSync(descriptor, start + lines.join(''))
  } finally {
    closeSync(descriptor)
  }
}

/** SECURITY: containers can write anything to this file; reading is bounded. */
function readBounded(descriptor: number): string {
  const buffer = Buffer.alloc(MAX_BYTES)
  const length = readSync(descriptor, buffer, 0, buffer.length, 0)
  return buffer.toString('utf8', 0, length)
}
