import type { FileHandle } from 'node:fs/promises'

/** Few large writes: each costs a round trip to the thread pool, whatever its size. */
const PIECE_BYTES = 1 << 20
/** On a slow network, data is written after this time, so that little is lost if the process is killed. */
const LONGEST_WAIT_MS = 50

/** Appends to a file in large pieces; the next one is collected while one is being written. */
export interface PieceWriter {
  /** Resolves when there is room for more; rejects if an earlier write failed. */
  append(chunk: Uint8Array): Promise<void>
  /** Resolves once everything is in the file. */
  settle(): Promise<void>
}

export function createPieceWriter(file: FileHandle, onWritten: (sizeBytes: number) => void): PieceWriter {
  let gathered: Uint8Array[] = []
  let gatheredBytes = 0
  let writing = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (gatheredBytes === 0) return
    const piece = gathered
    const pieceBytes = gatheredBytes
    gathered = []
    gatheredBytes = 0
    writing = writing.then(async () => {
      await writePiece(file, piece, pieceBytes)
      onWritten(pieceBytes)
    })
    writing.catch(() => {}) // append() or settle() reports it
  }
  return {
    append: async (chunk) => {
      gathered.push(chunk)
      gatheredBytes += chunk.length
      timer ??= setTimeout(flush, LONGEST_WAIT_MS)
      if (gatheredBytes < PIECE_BYTES) return
      await writing
      flush()
    },
    settle: async () => {
      flush()
      await writing
    },
  }
}

async function writePiece(file: FileHandle, piece: readonly Uint8Array[], pieceBytes: number): Promise<void> {
  const { bytesWritten } = await file.writev(piece)
  // A short write usually means a full disk: the retry then fails with the reason.
  if (bytesWritten < pieceBytes) await file.appendFile(Buffer.concat(piece).subarray(bytesWritten))
}
