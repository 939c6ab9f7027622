import { once } from 'node:events'
import type { Writable } from 'node:stream'

/** Writes one of many pieces, no faster than the reader accepts them. Rejects when the stream fails or on abort. */
export async function print(stream: Writable, text: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  if (!stream.write(text)) await once(stream, 'drain', { signal })
}
