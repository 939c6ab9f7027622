import type { Descriptor, ImageReference } from '../../image-spec/index.ts'
import { RegistryError } from '../errors.ts'
import { beginning, pushOf } from '../name-object.ts'
import type { PushBlobOptions } from '../registry-client.ts'
import type { Transport } from '../transport/create-transport.ts'
import type { ExchangeBody, ExchangeRequest, ExchangeResponse, RegistryOrigin } from '../transport/exchange.ts'
import { hasStalled } from '../transport/network-failure.ts'
import { resolveUrl } from '../transport/redirect.ts'
import { isPage } from '../transport/response-error.ts'
import { backoffMs, isPassing, pauseBeforeRetry, RETRIES_AFTER_TIMEOUT } from '../transport/retry.ts'

/** Up to this size a single PUT; above it chunks, so that a dropped connection costs one chunk at most. */
const MONOLITHIC_MAX_BYTES = 8 << 20
/**
 * Size of the first chunk. A registry flushes each chunk to disk, so chunks double in size while each takes less than
 * `MOMENT_MS`.
 */
export const CHUNK_BYTES = 16 << 20
/** Below the 100 MB limit of proxies in front of public registries. */
const MAX_CHUNK_BYTES = 64 << 20
const SMALLEST_CHUNK_BYTES = 1 << 20
const MOMENT_MS = 2000

/** SPEC: spec.md names 201 and 202; docker accepts these, too, and some registries send them. */
export const ACCEPTED: ReadonlySet<number> = new Set([200, 201, 202, 204])

/** An upload in progress. SPEC: distribution-spec spec.md#pushing-blobs */
export interface Upload {
  readonly registry: RegistryOrigin
  /** URL of the next request: every response has a new one. */
  readonly location: URL
  /** Number of bytes that the registry has. */
  readonly offset: number
  /** SPEC: spec.md#pushing-a-blob-in-chunks: OCI-Chunk-Min-Length. */
  readonly minChunkBytes: number
  /** Size of the next chunk. */
  readonly chunkBytes: number
  /** No chunk has failed so far: the next one may be larger. */
  readonly mayGrow: boolean
}

export interface UploadContext {
  readonly transport: Transport
  readonly reference: ImageReference
  readonly blob: Descriptor
  readonly options: PushBlobOptions
  /**
   * How often a broken connection has ended the upload: distribution 2 cannot continue one after a broken chunk. Chunks
   * become smaller then, each on a new connection, in case something on the way limits connections.
   */
  readonly lostUploads?: number
}

export function isChunked(blob: Descriptor): boolean {
  return blob.size > MONOLITHIC_MAX_BYTES
}

/** Continues an upload after a 202 response to POST; resumes at the offset that the registry reports. */
export async function uploadBlob(
  context: UploadContext,
  started: ExchangeResponse,
  registry: RegistryOrigin,
): Promise<void> {
  const { size } = context.blob
  const upload = await firstUpload(context, started, registry)
  if (size > Math.max(MONOLITHIC_MAX_BYTES, upload.minChunkBytes)) return sendChunks(context, upload)
  const refusal = await finishAtOnce(context, upload)
  if (refusal === undefined) return
  await sendChunks(context, { ...upload, chunkBytes: halfOf(size), mayGrow: false }).catch((failure) => {
    throw failure instanceof RegistryError && failure.status === 404 ? refusal : failure // that ended the upload
  })
}

async function sendChunks(context: UploadContext, first: Upload): Promise<void> {
  const { transport, blob, options } = context
  let upload = first
  let failures = 0
  let timeouts = 0
  let furthest = 0
  while (upload.offset < blob.size) {
    // A registry may keep what arrived of a broken chunk, which is progress, too.
    if (upload.offset > furthest) failures = timeouts = 0
    furthest = Math.max(furthest, upload.offset)
    try {
      upload = await sendChunk(context, upload)
    } catch (failure) {
      failures++
      if (!isPassing(failure) || failures > transport.policy.retries) throw failure
      timeouts += hasStalled(failure) ? 1 : 0
      if (timeouts > RETRIES_AFTER_TIMEOUT) throw failure
      await pauseBeforeRetry(backoffMs(transport.policy, failures - 1, failure.retryAfterMs), options.signal)
      upload = await requestOffset(context, upload)
    }
  }
  await finish(context, upload, undefined)
}

/** A single PUT. Returns the refusal of a proxy in front of the registry that may accept chunks. */
async function finishAtOnce(context: UploadContext, upload: Upload): Promise<RegistryError | undefined> {
  const { size } = context.blob
  try {
    await finish(context, upload, bodyFrom(context, 0, size))
    return undefined
  } catch (failure) {
    if (failure instanceof RegistryError && isTooLarge(failure.status, size, upload)) return failure
    throw failure
  }
}

function isTooLarge(status: number | undefined, sentBytes: number, { minChunkBytes }: Upload): boolean {
  return status === 413 && sentBytes > Math.max(SMALLEST_CHUNK_BYTES, minChunkBytes)
}

function halfOf(bytes: number): number {
  return Math.max(bytes >> 1, SMALLEST_CHUNK_BYTES)
}

/** The registry received other bytes than were sent. SPEC: distribution-spec spec.md#error-codes */
export function wasDamaged(failure: unknown): boolean {
  return (
    failure instanceof RegistryError && failure.status === 400 && /\b(?:DIGEST|SIZE)_INVALID\b/.test(failure.message)
  )
}

export async function firstUpload(
  context: UploadContext,
  started: ExchangeResponse,
  registry: RegistryOrigin,
): Promise<Upload> {
  const { lostUploads = 0 } = context
  await started.discard()
  return nextUpload(context, started, {
    registry,
    offset: 0,
    minChunkBytes: minChunk(started),
    chunkBytes: Math.max(CHUNK_BYTES >> Math.max(lostUploads - 1, 0), SMALLEST_CHUNK_BYTES),
    mayGrow: lostUploads === 0,
  })
}

/** Fails if the registry has no more bytes than before, which could go on forever. */
export async function sendChunk(context: UploadContext, upload: Upload): Promise<Upload> {
  const next = await tryChunk(context, upload)
  if (next.offset > upload.offset) return next
  if (next.chunkBytes < upload.chunkBytes) return sendChunk(context, next)
  const message = `${beginning(pushOf(context))}the registry accepted bytes, but still has ${next.offset}`
  throw new RegistryError('REGISTRY_UNAVAILABLE', message, {
    hint: 'Run the command again; if the error persists, report it to the operator of the registry',
  })
}

async function tryChunk(context: UploadContext, upload: Upload): Promise<Upload> {
  const { blob } = context
  const end = Math.min(blob.size, upload.offset + Math.max(upload.chunkBytes, upload.minChunkBytes))
  const beganAtMs = performance.now()
  const response = await context.transport.send({
    ...request(context, upload, 'PATCH'),
    headers: {
      'content-type': 'application/octet-stream',
      'content-range': `${upload.offset}-${end - 1}`,
      ...((context.lostUploads ?? 0) > 0 && { connection: 'close' }),
    },
    body: bodyFrom(context, upload.offset, end),
    once: true,
  })
  const sentBytes = end - upload.offset
  const isLess = isTooLarge(response.status, sentBytes, upload) // for a proxy in front of the registry
  if (response.status === 416 || isLess) {
    await response.discard() // out of step with the registry, whose offset decides
    return requestOffset(context, isLess ? { ...upload, chunkBytes: halfOf(sentBytes) } : upload)
  }
  if (!ACCEPTED.has(response.status) || isPage(response)) throw await failure(context, response)
  await response.discard()
  const isQuick = performance.now() - beganAtMs < MOMENT_MS
  const chunkBytes = isQuick && upload.mayGrow ? Math.min(2 * upload.chunkBytes, MAX_CHUNK_BYTES) : upload.chunkBytes
  return nextUpload(context, response, { ...upload, offset: receivedBytes(response) || end, chunkBytes })
}

/**
 * Gets the upload's offset from the registry; a lost session is a distinct error. Distribution 2 always reports one
 * after a broken chunk: it signs the offset into the upload URL, and rejects an upload that has more bytes.
 */
async function requestOffset(context: UploadContext, upload: Upload): Promise<Upload> {
  const response = await context.transport.send(request(context, upload, 'GET'))
  if (response.status !== 204 && response.status !== 202) throw await failure(context, response)
  await response.discard()
  return nextUpload(context, response, {
    ...upload,
    offset: receivedBytes(response) ?? 0,
    chunkBytes: Math.min(upload.chunkBytes, CHUNK_BYTES),
    mayGrow: false,
  })
}

/** Completes the upload; the registry verifies the digest. */
export async function finish(context: UploadContext, upload: Upload, body: ExchangeBody | undefined): Promise<void> {
  const put = request(context, upload, 'PUT')
  // Append as text: the rest of the query may be signed and must not be re-encoded.
  put.url.search += `${put.url.search === '' ? '?' : '&'}digest=${encodeURIComponent(context.blob.digest)}`
  const empty = { sizeBytes: 0, open: async function* () {} }
  const response = await context.transport.send({
    ...put,
    headers: { 'content-type': 'application/octet-stream' },
    body: body ?? empty,
    once: body !== undefined,
  })
  if (!ACCEPTED.has(response.status) || isPage(response)) throw await failure(context, response)
  await response.discard()
}

function request(context: UploadContext, upload: Upload, method: ExchangeRequest['method']): ExchangeRequest {
  return {
    method,
    url: new URL(upload.location),
    registry: upload.registry,
    scopes: pushScopes(context.reference),
    signal: context.options.signal,
  }
}

export function pushScopes(reference: ImageReference): readonly string[] {
  return [`repository:${reference.repository}:pull,push`]
}

/** Returns bytes `start` to `end`, reporting progress. */
function bodyFrom(context: UploadContext, start: number, end: number): ExchangeBody {
  const { open, onProgress } = context.options
  return {
    sizeBytes: end - start,
    open: async function* () {
      let position = start
      for await (const chunk of open(start)) {
        const piece = chunk.subarray(0, end - position)
        position += piece.length
        if (piece.length > 0) yield piece
        onProgress?.(position)
        if (position >= end) return
      }
    },
  }
}

function nextUpload(context: UploadContext, response: ExchangeResponse, known: Omit<Upload, 'location'>): Upload {
  const text = response.header('location')
  if (text === undefined) {
    const message = `${beginning(pushOf(context))}the registry returned no upload location (expected a Location header)`
    throw new RegistryError('REGISTRY_BAD_RESPONSE', message, {
      hint: 'Check the address: the server does not follow the distribution specification',
    })
  }
  return { ...known, location: sameScheme(resolveUrl(text, response.url, context.reference), known.registry) }
}

/** A registry behind a TLS-terminating proxy may use http:// in its URLs: use the scheme of the origin. */
function sameScheme(location: URL, registry: RegistryOrigin): URL {
  const origin = new URL(registry.origin)
  if (location.protocol === origin.protocol || location.hostname !== origin.hostname) return location
  return new URL(`${location.pathname}${location.search}`, origin)
}

/** `Range: 0-N`, both ends inclusive. Some registries send `0-0` for an empty upload, so that value is not trusted. */
function receivedBytes(response: ExchangeResponse): number | undefined {
  const end = /^(?:bytes[= ])?0-(\d+)/.exec(response.header('range') ?? '')?.[1]
  if (end === undefined) return undefined
  return end === '0' ? 0 : Number(end) + 1
}

function minChunk(response: ExchangeResponse): number {
  const text = response.header('oci-chunk-min-length') ?? ''
  return /^\d{1,12}$/.test(text) ? Number(text) : 0
}

function failure(context: UploadContext, response: ExchangeResponse): Promise<RegistryError> {
  const { transport, reference } = context
  return transport.failure(response, { ...pushOf(context), server: reference })
}
