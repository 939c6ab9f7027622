import type { Socket } from 'node:net'
import { hasCode } from '../../errors/index.ts'

const RETRY_MS = 10

/**
 * undici 7 throws from its `end` listener, where no caller can catch it, if a server closes the connection while the
 * body is read more slowly than it arrives (nodejs/undici#5360). Emits the end again until the reader has caught up.
 */
export function announceLate(socket: Socket): void {
  const emit = socket.emit.bind(socket)
  let failure: unknown
  const end = (): boolean => {
    // undici reports the end instead of the preceding alert of a server that requires a client certificate.
    if (failure instanceof Error) socket.destroy(failure)
    try {
      return socket.destroyed || emit('end')
    } catch (error) {
      if (!isAssertion(error)) throw error
      setTimeout(end, RETRY_MS)
      return true
    }
  }
  // otherwise it is closed automatically, with the same failure; undici closes it after the last byte
  socket.allowHalfOpen = true
  socket.emit = (event: string | symbol, ...values: unknown[]) => {
    if (event === 'error') failure = values[0]
    return event === 'end' ? end() : emit(event, ...values)
  }
}

function isAssertion(error: unknown): boolean {
  return hasCode(error, 'ERR_ASSERTION')
}
