import { closeSync, ftruncateSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { withFileErrors } from '../files/file-errors.ts'
import type { StoreTreeWork } from '../tree-work.ts'

/**
 * Collection and use exclude each other by a pair of looks: a command writes what it uses into its lease and then looks
 * for a running collection; a collection makes itself seen and then reads the leases. At least one sees the other.
 *
 * The file is locked by the collection that runs, and has a size while it runs: reading that takes no process. A sparse
 * byte needs no space on a full disk.
 */
function turnFile(root: string): string {
  return join(root, 'collection')
}

/** True after a collection was killed, too: waiting for it clears that. */
export function isCollecting(root: string): boolean {
  return (statSync(turnFile(root), { throwIfNoEntry: false })?.size ?? 0) > 0
}

/** Resolves when the collection that runs now has ended, however it ended. */
export async function untilCollected(root: string, trees: Pick<StoreTreeWork, 'lock'>): Promise<void> {
  const turn = await takeTurn(root, trees)
  turn.end()
}

export interface CollectionTurn {
  /** From now on, who starts to use something waits for the end. */
  announce(): void
  end(): void
}

/** One collection at a time. */
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
