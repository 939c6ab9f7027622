import { type FileHandle, open, rm } from 'node:fs/promises'
import { debuglog } from 'node:util'
import type { Descriptor } from '../../image-spec/index.ts'
import type { DigestState, FileFollower, FollowedDigest, PartialBlob } from '../../layer-store/index.ts'
import { RegistryError } from '../errors.ts'
import { createStateSaver, readDigestState } from './digest-state.ts'
import { createPieceWriter } from './piece-writer.ts'
import { counting, type ReceiveRest, receiveNatively } from './receive-rest.ts'

export interface DownloadBlobRequest {
  readonly blob: Descriptor
  /**
   * Where to download, possibly with the start of an interrupted download. Contains the verified blob when this
   * resolves.
   */
  readonly partial: PartialBlob
  /** The blob's bytes from an offset, except those that `receive` reads. */
  readonly fetch: (offset: number, receive?: ReceiveRest) => AsyncIterable<Uint8Array>
  readonly onProgress?: (doneBytes: number) => void
}

/** sha.js hashes this much in the time that starting a native process takes. */
const SMALL_BLOB_BYTES = 256 << 10
const debug = debuglog('tsbuild:registry')

/**
 * Downloads to a file that survives the process: after being killed at any point, the next call resumes the bytes with
 * a Range request and the digest from its saved state. On wrong bytes: REGISTRY_DIGEST_MISMATCH, and the file is
 * truncated.
 */
export async function downloadBlob(request: DownloadBlobRequest): Promise<void> {
  const { blob, partial } = request
  const file = await open(partial.path, 'a+', 0o600)
  try {
    const { size } = await file.stat()
    if (size > 0 && size <= blob.size) {
      if ((await continueAt(request, file, size)) === undefined) return
      debug('%s: what was left is damaged, starting again', blob.digest)
    }
    await empty(request, file)
    const wrong = await continueAt(request, file, 0)
    if (wrong === undefined) return
    await empty(request, file)
    throw digestMismatch(blob, wrong)
  } finally {
    await file.close()
  }
}

function digestMismatch({ digest }: Descriptor, found: string): RegistryError {
  return new RegistryError('REGISTRY_DIGEST_MISMATCH', `Cannot pull blob "${digest}": ${found}`, {
    hint: 'Pull again, or report it to the operator of the registry, mirror or proxy',
  })
}

async function empty({ partial }: DownloadBlobRequest, file: FileHandle): Promise<void> {
  await rm(partial.statePath, { force: true })
  await file.truncate(0)
}

/**
 * Bytes from the network are only written to the file here: a native process hashes them from there, small blobs are
 * hashed in this process. Returns what is wrong with them, if anything.
 */
async function continueAt(request: DownloadBlobRequest, file: FileHandle, size: number): Promise<string | undefined> {
  const { blob, partial, onProgress } = request
  const from = size === 0 ? undefined : await readDigestState(partial.statePath, size)
  if (size > 0) debug('%s: continuing at byte %d, digest at %d', blob.digest, size, from?.position ?? 0)
  const states = createStateSaver(partial.statePath)
  const digest = await startDigest(request, from, states.save)
  let written = 0
  const onSize = (sizeBytes: number) => {
    written = sizeBytes
    digest.grow(written)
    if (written > 0) onProgress?.(written)
  }
  const writer = createPieceWriter(file, (pieceBytes) => onSize(written + pieceBytes))
  let received = size
  const receive = counting(receiveNatively({ partial, file, settle: writer.settle, onSize }), (receivedBytes) => {
    received += receivedBytes
  })
  try {
    onSize(size)
    for await (const chunk of request.fetch(size, receive)) {
      received += chunk.length
      if (received > blob.size) return `more than its ${blob.size} bytes were sent`
      await writer.append(chunk)
    }
    await writer.settle()
    const found = await digest.finish()
    const isRight = found.digest === blob.digest && found.sizeBytes === blob.size
    return isRight ? undefined : 'the content does not match the digest'
  } finally {
    // after a failure: what was received is kept, and the first failure is reported
    await writer.settle().catch(() => {})
    await digest.abandon()
    await states.settle()
  }
}

async function startDigest(
  { blob, partial }: DownloadBlobRequest,
  from: DigestState | undefined,
  onState: (state: DigestState) => void,
): Promise<FileFollower<FollowedDigest>> {
  if (blob.size > SMALL_BLOB_BYTES) return partial.follow(from, onState)
  const { digestSmallBlob } = await import('./small-digest.ts')
  return digestSmallBlob(partial.path, from, onState)
}
