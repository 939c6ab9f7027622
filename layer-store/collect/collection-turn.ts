import { closeSync, ftruncateSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { withFileErrors } from '../files/file-errors.ts'
import type { StoreTreeWork } from '../tree-work.ts'

/**
 * Garbage collection and use exclude each other by write-then-check: a command writes what it uses to its lease and
 * then checks for a running collection; a collection announces itself and then reads the leases. At least one sees the
 * other.
 *
 * The file is locked by the running collection, and has a size while it runs, which can be checked without starting a
 * process. A sparse byte needs no space on a full disk.
 */
function turnFile(root: string): string {
  return join(root, 'collection')
}

/** Also true after a collection was killed: waiting for it resets that. */
export function isCollecting(root: string): boolean {
  return (statSync(turnFile(root), { throwIfNoEntry: false })?.size ?? 0) > 0
}

/** Resolves when the running collection has ended, successfully or not. */
export async function untilCollected(root: string, trees: Pick<StoreTreeWork, 'lock'>): Promise<void> {
  const turn = await takeTurn(root, trees)
  turn.end()
}

export interface CollectionTurn {
  /** From now on, new uses wait until the end. */
  announce(): void
  end(): void
}

/** Only one collection runs at a time. */
export async function takeTurn(
  root: string,
  trees: Pick<StoreTreeWork, 'lock'>,
  signal?: AbortSignal,
): Promise<CollectionTurn> {
  return withFileErrors('lock the store', async () => {
    const descriptor = openSync(turnFile(root), 'a', 0o600)
    try {
      await trees.lock(descriptor, { mode: 'exclusive', tryOnly: false }, signal)
    } catch (error) {
      closeSync(descriptor)
      throw error
    }
    return {
      announce: () => ftruncateSync(descriptor, 1),
      end: () => {
        try {
          ftruncateSync(descriptor, 0)
        } finally {
          closeSync(descriptor)
        }
      },
    }
  })
}
