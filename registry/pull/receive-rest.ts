import { appendFileSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { debuglog } from 'node:util'
import { messageOf } from '../../errors/index.ts'
import type { PartialBlob } from '../../layer-store/index.ts'
import type { Connection } from '../transport/exchange.ts'

export interface Rest {
  readonly sizeBytes: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Reads the rest of a body from its connection, in place of the current reader. Returns the number of bytes; undefined
 * if it cannot, and has read none.
 */
export type ReceiveRest = (connection: Connection, rest: Rest) => Promise<number | undefined>

/** Wraps `receive` for a caller that counts the bytes it passes on. */
export function counting(
  receive: ReceiveRest | undefined,
  onReceived: (receivedBytes: number) => void,
): ReceiveRest | undefined {
  if (receive === undefined) return undefined
  return async (connection, rest) => {
    const receivedBytes = await receive(connection, rest)
    if (receivedBytes !== undefined) onReceived(receivedBytes)
    return receivedBytes
  }
}

export interface ReceivingFile {
  readonly partial: Pick<PartialBlob, 'receive'>
  readonly file: FileHandle
  /** Resolves once everything read so far is in the file. */
  readonly settle: () => Promise<void>
  /** Reports the current size of the file. */
  readonly onSize: (sizeBytes: number) => void
}

const debug = debuglog('tsbuild:registry')

/** Receives in a native process: bytes that bypass this process cost a third of the time. */
export function receiveNatively({ partial, file, settle, onSize }: ReceivingFile): ReceiveRest {
  let isAble = true
  return async ({ socket, idleMs, drain, leave }, { sizeBytes, signal }) => {
    if (!isAble) return undefined
    await settle()
    const { size: start } = await file.stat()
    const here = Buffer.concat(drain())
    appendFileSync(file.fd, here) // synchronous: until the connection is passed on, no event may deliver more data
    const part = { position: start + here.length, sizeBytes: sizeBytes - here.length, idleMs }
    const receiving = partial.receive(part, { connection: socket, onProgress: onSize, signal })
    leave()
    await receiving.catch((failure) => {
      signal?.throwIfAborted()
      debug('not received natively: %s', messageOf(failure))
      isAble = false // if the disk is the reason, the next write reports it
    })
    const { size } = await file.stat()
    onSize(size)
    return size - start
  }
}
