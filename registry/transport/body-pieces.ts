import type { Readable } from 'node:stream'
import { RegistryError } from '../errors.ts'

/** Pieces of a body read from the network that wait in memory for the reader. */
const WAITING_PIECES = 16

export interface BodyPieces {
  /** Yields pieces as they arrive: iterating over the stream itself would copy all waiting ones into one. */
  read(): AsyncGenerator<Uint8Array>
  /** Returns the pieces waiting in memory, without requesting more. */
  drain(): readonly Uint8Array[]
}

export function bodyPieces(body: Readable): BodyPieces {
  const waiting: Uint8Array[] = []
  let wake = (): void => {}
  const take = (piece: unknown): void => {
    if (piece instanceof Uint8Array) waiting.push(piece)
    else body.destroy(new RegistryError('REGISTRY_BAD_RESPONSE', 'not bytes'))
    if (waiting.length >= WAITING_PIECES) body.pause()
    wake()
  }
  return {
    read: async function* () {
      body.on('error', () => {}) // for an abandoned body; until then the iteration reports it
      for (const end of ['end', 'close']) body.once(end, () => wake())
      body.on('data', take)
      try {
        for (;;) {
          const piece = waiting.shift()
          if (piece !== undefined) yield piece
          else if (body.readableEnded || body.destroyed) break
          else
            await moreOf(body, (resolve) => {
              wake = resolve
            })
        }
        if (!body.readableEnded) {
          throw body.errored ?? Object.assign(new Error('closed early'), { code: 'UND_ERR_SOCKET' })
        }
      } finally {
        body.destroy()
      }
    },
    drain: () => {
      body.pause()
      while (body.read() !== null); // take() receives them
      return waiting.splice(0)
    },
  }
}

function moreOf(body: Readable, onWake: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    onWake(resolve)
    body.resume()
  })
}
