import { createHash } from 'node:crypto'
import { type FileHandle, open, readFile } from 'node:fs/promises'
import { debuglog } from 'node:util'
import type { Descriptor } from '../../image-spec/index.ts'
import type { PartialBlob } from '../../layer-store/index.ts'
import { RegistryError } from '../errors.ts'
import { parseJson } from '../transport/answer-failure.ts'
import { DIGEST_BLOCK_BYTES, type DigestState, parseDigestState, startDigest } from './resumable-digest.ts'
import { saveState, startWake } from './wake-checkpoint.ts'

export interface DownloadBlobRequest {
  readonly blob: Descriptor
  /** The place, perhaps with what an interrupted download left. It holds the verified blob when this resolves. */
  readonly partial: PartialBlob
  /** The blob's bytes from an offset. */
  readonly fetch: (offset: number) => AsyncIterable<Uint8Array>
  readonly onProgress?: (doneBytes: number) => void
}

const READ_BYTES = 1 << 20
/** Between two saved states of a download that was resumed. */
const SAVE_EVERY_BYTES = 4 << 20
const debug = debuglog('tsbuild:registry')

/** See `downloadBlob()`. */
export async function resumeDownload(request: DownloadBlobRequest): Promise<void> {
  const { blob, partial } = request
  const file = await open(partial.path, 'a+', 0o600)
  try {
    const { size } = await file.stat()
    if (size > 0 && size <= blob.size) {
      if (await resume(request, file, size)) return
      debug('%s: what was left is damaged, starting again', blob.digest)
    }
    await file.truncate(0)
    if (await download(request, file)) return
    await file.truncate(0)
  } finally {
    await file.close()
  }
  const message = `Cannot pull blob "${blob.digest}": the bytes have another digest`
  throw new RegistryError('REGISTRY_DIGEST_MISMATCH', message, {
    hint: 'The registry, a mirror or a proxy changes or damages data: pull again, or report it to its operator',
  })
}

/** From the first byte: node:crypto digests, the checkpoint follows in the wake. */
async function download(request: DownloadBlobRequest, file: FileHandle): Promise<boolean> {
  const { blob, partial, onProgress } = request
  const hash = createHash('sha256')
  const wake = startWake(file, partial.statePath)
  let written = 0
  for await (const chunk of request.fetch(0)) {
    hash.update(chunk)
    await file.appendFile(chunk)
    written += chunk.length
    onProgress?.(written)
    await wake.advance(written)
  }
  return `sha256:${hash.digest('hex')}` === blob.digest
}

/** From what is there: the saved state is caught up with the file, then goes on with the network. */
async function resume(request: DownloadBlobRequest, file: FileHandle, size: number): Promise<boolean> {
  const { blob, partial, onProgress } = request
  const digest = startDigest(await readState(partial.statePath, size))
  debug('%s: continuing at byte %d, digest at %d', blob.digest, size, digest.position)
  const piece = Buffer.alloc(READ_BYTES)
  while (digest.position < size) {
    const { bytesRead } = await file.read(piece, 0, Math.min(READ_BYTES, size - digest.position), digest.position)
    if (bytesRead === 0) return false
    digest.update(piece.subarray(0, bytesRead))
  }
  onProgress?.(size)
  let savedAt = digest.position
  for await (const chunk of request.fetch(size)) {
    await file.appendFile(chunk)
    digest.update(chunk)
    onProgress?.(digest.position)
    if (digest.position - savedAt < SAVE_EVERY_BYTES || digest.position % DIGEST_BLOCK_BYTES !== 0) continue
    savedAt = digest.position
    await saveState(partial.statePath, digest.save())
  }
  return digest.finish() === blob.digest
}

/** A state beyond the file's end is of no use: the machine lost what was written last. */
async function readState(statePath: string, size: number): Promise<DigestState | undefined> {
  const text = await readFile(statePath, 'utf8').catch(() => '')
  const state = parseDigestState(parseJson(text))
  return state !== undefined && state.position <= size ? state : undefined
}
