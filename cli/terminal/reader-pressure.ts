import type { Writable } from 'node:stream'

/**
 * While a stream is congested: a promise shared by all callers that resolves when it accepts data again, or never will.
 */
export function readerPressure(stream: Writable): () => Promise<void> | undefined {
  let relief: Promise<void> | undefined
  return () => {
    if (!stream.writableNeedDrain || stream.destroyed) return undefined
    relief ??= new Promise((resolve) => {
      const end = () => {
        for (const name of ENDS) stream.off(name, end)
        relief = undefined
        resolve()
      }
      for (const name of ENDS) stream.on(name, end)
    })
    return relief
  }
}

const ENDS = ['drain', 'close', 'error']
