import { closeSync, openSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMissing, withFileErrorsSync } from '../files/file-errors.ts'
import { readOwnText } from '../files/read-own-text.ts'
import { ownerState, temporaryName } from '../files/temporary-owner.ts'
import type { StoreTreeWork } from '../tree-work.ts'
import { isCollecting, untilCollected } from './collection-turn.ts'

const PREFIX = 'lease.'

/**
 * Layers, images, blobs and cache mounts used by this process while it holds the store; garbage collection keeps them.
 */
export interface Lease {
  /** Reference-counted: starts with the first hold and ends with the last. */
  begin(): void
  end(): void
  /**
   * Protects names still in the store when this returns, or when its promise resolves: callers check for them
   * afterwards. Does nothing while the store is not held.
   */
  add(names: readonly string[]): Promise<void> | undefined
}

/** One append-only file in `tmp/`, one name per line, valid while its owner lives. */
export function createLease(root: string, trees: Pick<StoreTreeWork, 'lock'>): Lease {
  const kept = new Set<string>()
  let holds = 0
  let file: { readonly path: string; readonly descriptor: number } | undefined
  const open = () => {
    const path = join(root, 'tmp', `${PREFIX}${temporaryName()}`)
    return { path, descriptor: openSync(path, 'ax', 0o600) }
  }
  return {
    begin: () => {
      file ??= withFileErrorsSync('lock the store', open)
      holds += 1
    },
    end: () => {
      holds -= 1
      if (holds > 0 || file === undefined) return
      const { path, descriptor } = file
      file = undefined
      kept.clear()
      closeSync(descriptor)
      removeFile(path)
    },
    add: (names) => {
      const descriptor = file?.descriptor
      const added = descriptor === undefined ? [] : names.filter((name) => !kept.has(name))
      if (descriptor === undefined || added.length === 0) return undefined
      const note = () => {
        for (const name of added) kept.add(name)
      }
      // The leading newline protects the next line from one truncated by a full disk.
      const text = added.map((name) => `\n${name}`).join('')
      withFileErrorsSync('lock the store', () => writeFileSync(descriptor, text))
      if (isCollecting(root)) return untilCollected(root, trees).then(note)
      note()
      return undefined
    },
  }
}

/**
 * A file that cannot be removed from a failing disk counts while this process lives; that must not hide the outcome of
 * its work.
 */
function removeFile(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // removed by a later command
  }
}

/** Names in the leases of living processes; those of other PID namespaces count as alive. */
export function leasedNames(root: string): ReadonlySet<string> {
  const folder = join(root, 'tmp')
  const leases = readdirSync(folder).filter((name) => name.startsWith(PREFIX) && ownerState(name) !== 'dead')
  return new Set(leases.flatMap((name) => linesOf(join(folder, name))))
}

function linesOf(path: string): readonly string[] {
  try {
    return readOwnText(path, 'latin1').split('\n')
  } catch (error) {
    if (isMissing(error)) return [] // ended concurrently: what it protected is in the store's records
    throw error
  }
}
