import type { Descriptor } from '../../image-spec/index.ts'
import { type ImageReference, repositoryName } from '../../image-spec/index.ts'
import { RegistryError } from '../errors.ts'
import { apiUrl } from '../transport/api-url.ts'
import type { Transport } from '../transport/create-transport.ts'
import type { ExchangeResponse, RegistryOrigin } from '../transport/exchange.ts'
import { isPage, PAGE_HINT } from '../transport/response-error.ts'
import { reconnecting } from '../transport/retry.ts'
import { fetchInRanges } from './fetch-ranges.ts'
import { counting, type ReceiveRest } from './receive-rest.ts'

/** Where a blob is fetched from: the reference's repository, or a URL of a foreign layer. */
export interface BlobSource {
  readonly reference: ImageReference
  readonly blob: Descriptor
  readonly url?: URL
}

export interface FetchBlobOptions {
  /** Number of bytes that the caller already has. */
  readonly offset?: number
  /** How often the blob arrived damaged: then only one connection is used. */
  readonly damaged?: number
  readonly receive?: ReceiveRest | undefined
  readonly signal?: AbortSignal | undefined
}

export const DAMAGED_HINT =
  'Pull again; if the error persists, the registry, a mirror or a proxy alters or damages the content'

/** Below this speed, the network rather than this machine is the bottleneck, and more connections may help. */
const FAST_BYTES_PER_SECOND = 50_000_000
/** Minimum for ranged requests. */
const LONG_REST_BYTES = 32 << 20

/** Above this size, another process reads from a fast connection: its start pays off. */
const PASSED_ON_FROM_BYTES = 8 << 20
/** Lower than the threshold for more connections: a busy machine is slow, too, and benefits most. */
const PASSED_ON_BYTES_PER_SECOND = 10_000_000

/** The blob's bytes from `offset`: over one connection, or several at once if that is slow. */
export async function* fetchBlob(
  transport: Transport,
  source: BlobSource,
  options: FetchBlobOptions = {},
): AsyncGenerator<Uint8Array> {
  const { ranges } = transport
  const { blob } = source
  const { signal } = options
  const start = options.offset ?? 0
  const beganAtMs = performance.now()
  const isSlow = (offset: number): boolean => {
    const elapsedMs = performance.now() - beganAtMs
    const isLong = blob.size - offset >= LONG_REST_BYTES
    return isLong && elapsedMs >= ranges.afterMs && (offset - start) * 1000 < FAST_BYTES_PER_SECOND * elapsedMs
  }
  let offset = start
  let hasTurn = false
  const receive = counting(options.receive, (receivedBytes) => {
    offset += receivedBytes
  })
  try {
    for await (const chunk of fetchInOne(transport, source, { ...options, receive })) {
      offset += chunk.length
      yield chunk
      hasTurn = (options.damaged ?? 0) === 0 && isSlow(offset) && ranges.take()
      if (hasTurn) break
    }
    if (!hasTurn) return
    const open = (from: number, end: number, stop: AbortSignal) =>
      openAt(transport, source, { offset: from, end, signal: stop })
    for await (const chunk of fetchInRanges({ offset, sizeBytes: blob.size, open, signal })) {
      offset += chunk.length
      yield chunk
    }
  } finally {
    if (hasTurn) ranges.release()
  }
  if (offset < blob.size) yield* fetchInOne(transport, source, { ...options, offset, receive: undefined })
}

/** Uses one connection at a time, and reconnects where it broke as often as necessary. */
async function* fetchInOne(
  transport: Transport,
  source: BlobSource,
  options: FetchBlobOptions,
): AsyncGenerator<Uint8Array> {
  const { receive, signal } = options
  const { blob } = source
  let offset = options.offset ?? 0
  const reconnect = reconnecting(transport.policy, signal)
  while (offset < blob.size) {
    const start = offset
    try {
      const response = await openAt(transport, source, { offset, receive, signal })
      const beganAtMs = performance.now()
      const isWorthPassingOn = (): boolean => {
        const got = offset - start
        const isFast = got * 1000 >= PASSED_ON_BYTES_PER_SECOND * (performance.now() - beganAtMs)
        return got >= PASSED_ON_FROM_BYTES && blob.size - offset >= LONG_REST_BYTES && isFast
      }
      for await (const chunk of remaining(response, source, offset)) {
        offset += chunk.length
        yield chunk
        if (receive === undefined || response.connection === undefined || !isWorthPassingOn()) continue
        const receivedBytes = await receive(response.connection, { sizeBytes: blob.size - offset, signal })
        if (receivedBytes === undefined) continue
        offset += receivedBytes
        break
      }
      if (offset < blob.size) throw endedEarly(source, offset)
    } catch (failure) {
      await reconnect(failure, offset - start)
    }
  }
}

interface OpenBlob extends Pick<FetchBlobOptions, 'receive' | 'signal'> {
  readonly offset: number
  readonly end?: number
}

async function openAt(transport: Transport, source: BlobSource, opening: OpenBlob): Promise<ExchangeResponse> {
  const { offset, end = source.blob.size } = opening
  const response = await requestAt(transport, source, opening)
  if (response.status === 200 || startsBy(response, offset)) {
    await checkSize(response, source)
    return response
  }
  if (offset > 0 && end === source.blob.size && isRangeUnanswered(response)) {
    await response.discard()
    return openAt(transport, source, { ...opening, offset: 0 })
  }
  const { reference, blob, url } = source
  const object = `${repositoryName(reference)}@${blob.digest}`
  throw await transport.failure(response, { action: 'pull', object, server: url ?? reference })
}

async function requestAt(
  transport: Transport,
  { reference, blob, url }: BlobSource,
  { offset, end = blob.size, receive, signal }: OpenBlob,
): Promise<ExchangeResponse> {
  const registry = url === undefined ? await transport.findOrigin(reference.host, signal) : serverOf(url)
  const send = url === undefined ? transport.send : transport.sendBare
  return send({
    method: 'GET',
    url: url ?? apiUrl(registry.origin, reference, `blobs/${blob.digest}`),
    headers: offset === 0 ? {} : { range: `bytes=${offset}-${end - 1}` },
    registry,
    once: true, // fetchBlob() itself retries, from its current position
    scopes: [`repository:${reference.repository}:pull`],
    wantsConnection: receive !== undefined && end - offset >= PASSED_ON_FROM_BYTES + LONG_REST_BYTES,
    signal,
  })
}

function startsBy(response: ExchangeResponse, offset: number): boolean {
  const start = response.status === 206 ? rangeStart(response) : undefined
  return start !== undefined && start <= offset
}

/** Some servers refuse ranges, or send another part: then the blob is read from its start. */
function isRangeUnanswered({ status }: ExchangeResponse): boolean {
  return status === 206 || status === 400 || status === 416
}

function serverOf({ host, origin }: URL): RegistryOrigin {
  return { host, origin, isAnyServer: true }
}

/** Compares the announced size before reading, instead of waiting for bytes that never arrive. */
async function checkSize(response: ExchangeResponse, source: BlobSource): Promise<void> {
  const total =
    response.status === 206
      ? /\/(\d+)$/.exec(response.header('content-range') ?? '')?.[1]
      : response.header('content-encoding') === undefined && response.header('content-length')
  const isRight = typeof total === 'string' && total === String(source.blob.size)
  if (isRight || (typeof total !== 'string' && !isPage(response))) return
  await response.discard()
  if (isPage(response)) throw badResponse(source, 'received a web page instead of the blob', PAGE_HINT)
  throw badResponse(source, `the registry has ${total} bytes of it (expected ${source.blob.size})`)
}

/** The response's bytes from `offset`: a registry that ignores Range sends the blob from the start. */
async function* remaining(response: ExchangeResponse, source: BlobSource, offset: number): AsyncGenerator<Uint8Array> {
  let position = (response.status === 206 ? rangeStart(response) : undefined) ?? 0
  for await (const chunk of response.body) {
    if (position + chunk.length > source.blob.size) {
      throw badResponse(source, `the registry sent more than ${source.blob.size} bytes`)
    }
    const skipped = Math.max(0, offset - position)
    position += chunk.length
    if (skipped < chunk.length) yield chunk.subarray(skipped)
  }
}

function rangeStart(response: ExchangeResponse): number | undefined {
  const start = /^bytes (\d+)-/i.exec(response.header('content-range') ?? '')?.[1]
  return start === undefined ? undefined : Number(start)
}

function endedEarly({ reference, blob }: BlobSource, offset: number): RegistryError {
  const found = `the response ended after ${offset} of ${blob.size} bytes`
  return new RegistryError(
    'REGISTRY_UNAVAILABLE',
    `Cannot pull "${repositoryName(reference)}@${blob.digest}": ${found}`,
    { hint: 'Run the command again: received data is kept' },
  )
}

function badResponse({ reference, blob }: BlobSource, found: string, hint = DAMAGED_HINT): RegistryError {
  return new RegistryError(
    'REGISTRY_BAD_RESPONSE',
    `Cannot pull "${repositoryName(reference)}@${blob.digest}": ${found}`,
    { hint },
  )
}
