import type { FileHandle } from 'node:fs/promises'
import { rename, rm, writeFile } from 'node:fs/promises'
import { type DigestState, startDigest } from './resumable-digest.ts'

const PIECE_BYTES = 1 << 20
/** The part of the transfer's time that checkpoints may cost: on a slow network they keep up, on a fast one they lag. */
const MAX_TIME_SHARE = 0.25

/**
 * A digest that follows a growing file, so that its state can be saved while node:crypto digests the bytes as they
 * come. What the checkpoint has not reached when the process dies is read from the file again.
 */
export interface WakeCheckpoint {
  /** Digests a piece of what is written and not digested yet, if the time share allows, and saves the state. */
  advance(writtenBytes: number): Promise<void>
}

export function startWake(file: FileHandle, statePath: string): WakeCheckpoint {
  const digest = startDigest()
  const piece = Buffer.alloc(PIECE_BYTES)
  const startedAtMs = performance.now()
  let spentMs = 0
  return {
    advance: async (writtenBytes) => {
      if (writtenBytes - digest.position < PIECE_BYTES) return
      const beganAtMs = performance.now()
      if (spentMs > (beganAtMs - startedAtMs) * MAX_TIME_SHARE) return
      const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, digest.position)
      if (bytesRead !== PIECE_BYTES) return
      digest.update(piece)
      await saveState(statePath, digest.save())
      spentMs += performance.now() - beganAtMs
    },
  }
}

/** By rename: a state is whole or old. */
export async function saveState(statePath: string, state: DigestState): Promise<void> {
  const fresh = `${statePath}.new`
  try {
    await writeFile(fresh, JSON.stringify(state), { mode: 0o600 })
    await rename(fresh, statePath)
  } finally {
    await rm(fresh, { force: true })
  }
}
