import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Descriptor, ImageReference } from '../../image-spec/index.ts'
import type { RegistryClient } from '../../registry/index.ts'

/** Uploads a layer's blob while it is being compressed. */
export interface EarlyUpload {
  /** Path of the blob being written. */
  start(path: string): void
  /** True if the registry has the blob now; false if it must be pushed. */
  finish(blob: Descriptor): Promise<boolean>
  /** Cancels the upload after the compression failed. */
  abandon(): Promise<void>
}

const LOOK_EVERY_MS = 20
const READ_BYTES = 256 << 10

export function earlyUpload(
  client: Pick<RegistryClient, 'pushGrowing'>,
  reference: ImageReference,
  signal: AbortSignal,
): EarlyUpload {
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  let final: Descriptor | undefined
  let running: Promise<boolean> | undefined
  const run = async (path: string): Promise<boolean> => {
    // The open file keeps its content under this descriptor when it is renamed.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      const growth = growthOf(file, () => final, either)
      return await client.pushGrowing(reference, { growth, open: (offset) => readFrom(file, offset), signal: either })
    } finally {
      await file.close()
    }
  }
  return {
    start: (path) => {
      running = run(path).catch(() => false) // pushing the complete blob reports the error
    },
    finish: async (blob) => {
      final = blob
      return (await running) ?? false
    },
    abandon: async () => {
      stop.abort()
      await running
    },
  }
}

async function* growthOf(file: FileHandle, final: () => Descriptor | undefined, signal: AbortSignal) {
  for (;;) {
    const end = final()
    const { size } = await file.stat()
    yield end === undefined ? { sizeBytes: size } : { sizeBytes: end.size, final: end }
    if (end !== undefined) return
    await sleep(LOOK_EVERY_MS, undefined, { signal })
  }
}

async function* readFrom(file: FileHandle, offset: number): AsyncGenerator<Uint8Array> {
  for (let position = offset; ; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, position)
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}
