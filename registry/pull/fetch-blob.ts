import type { Descriptor } from '../../image-spec/index.ts'
import { type ImageReference, repositoryName } from '../../image-spec/index.ts'
import { RegistryError } from '../errors.ts'
import { isPage, PAGE_HINT } from '../transport/answer-failure.ts'
import type { Transport } from '../transport/create-transport.ts'
import type { ExchangeResponse, RegistryOrigin } from '../transport/exchange.ts'
import { timeoutOf } from '../transport/network-failure.ts'
import { isPassing, pauseBeforeRetry, RETRIES_AFTER_TIMEOUT } from '../transport/retry.ts'
import { fetchInRanges } from './fetch-ranges.ts'
import { counting, type ReceiveRest } from './receive-rest.ts'

/** Where a blob's bytes come from: the reference's repository, or an address that a foreign layer names. */
export interface BlobSource {
  readonly reference: ImageReference
  readonly url?: URL
}

export interface FetchBlobOptions {
  /** Bytes that the caller has already. */
  readonly offset?: number
  /** Over one connection at a time: the last try for a blob that was damaged on its way. */
  readonly isWithoutMirrors?: boolean
  readonly receive?: ReceiveRest | undefined
  readonly signal?: AbortSignal | undefined
}

export const DAMAGED_HINT =
  'Pull again; if it persists, the registry, a mirror or a proxy changes or damages what it serves'

/** A connection that brought this much was a good one: the tries are counted anew. */
const GOOD_CONNECTION_BYTES = 256 * 1024

/** Below this speed the network, not this machine, is what is waited for: more connections may bring more. */
const FAST_BYTES_PER_SECOND = 50_000_000
/** Worth asking for in ranges. */
const LONG_REST_BYTES = 32 << 20

/** From here on another process reads from a fast connection: its start is repaid. */
const PASSED_ON_FROM_BYTES = 8 << 20
/** Less than what more connections may improve: a busy machine is slow, too, and needs it most. */
const PASSED_ON_BYTES_PER_SECOND = 10_000_000

/** The blob's bytes from `offset`: over one connection, and over several at once where that is slow. */
export async function* fetchBlob(
  transport: Transport,
  source: BlobSource,
  blob: Descriptor,
  options: FetchBlobOptions = {},
): AsyncGenerator<Uint8Array> {
  const { ranges } = transport
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
    for await (const chunk of fetchInOne(transport, source, blob, { ...options, receive })) {
      offset += chunk.length
      yield chunk
      hasTurn = options.isWithoutMirrors !== true && isSlow(offset) && ranges.take()
      if (hasTurn) break
    }
    if (!hasTurn) return
    const open = (from: number, end: number, stop: AbortSignal) =>
      openAt(transport, source, blob, { offset: from, end, signal: stop })
    for await (const chunk of fetchInRanges({ offset, sizeBytes: blob.size, open, signal })) {
      offset += chunk.length
      yield chunk
    }
  } finally {
    if (hasTurn) ranges.release()
  }
  if (offset < blob.size) yield* fetchInOne(transport, source, blob, { ...options, offset, receive: undefined })
}

/** One connection, and another one from where it broke, as often as it takes. */
async function* fetchInOne(
  transport: Transport,
  source: BlobSource,
  blob: Descriptor,
  options: FetchBlobOptions,
): AsyncGenerator<Uint8Array> {
  const { receive, signal } = options
  const { reference } = source
  let offset = options.offset ?? 0
  let failures = 0
  let timeouts = 0
  while (offset < blob.size) {
    const start = offset
    try {
      const response = await openAt(transport, source, blob, { offset, receive, signal })
      const beganAtMs = performance.now()
      const isWorthPassingOn = (): boolean => {
        const got = offset - start
        const isFast = got * 1000 >= PASSED_ON_BYTES_PER_SECOND * (performance.now() - beganAtMs)
        return got >= PASSED_ON_FROM_BYTES && blob.size - offset >= LONG_REST_BYTES && isFast
      }
      for await (const chunk of remaining(response, reference, blob, offset)) {
        offset += chunk.length
        yield chunk
        if (receive === undefined || response.connection === undefined || !isWorthPassingOn()) continue
        const receivedBytes = await receive(response.connection, { sizeBytes: blob.size - offset, signal })
        if (receivedBytes === undefined) continue
        offset += receivedBytes
        break
      }
      if (offset < blob.size) throw endedEarly(reference, blob, offset)
    } catch (failure) {
      if (!isPassing(failure)) throw failure
      const wasGood = offset - start >= GOOD_CONNECTION_BYTES
      failures = wasGood ? 0 : failures + 1
      timeouts = wasGood || timeoutOf(failure) === undefined ? 0 : timeouts + 1
      if (failures > transport.policy.retries || timeouts > RETRIES_AFTER_TIMEOUT) throw failure
      await pauseBeforeRetry(transport.policy, failures, signal, failure.retryAfterMs)
    }
  }
}

async function openAt(
  transport: Transport,
  { reference, url }: BlobSource,
  blob: Descriptor,
  { offset, end = blob.size, receive, signal }: FetchBlobOptions & { readonly offset: number; readonly end?: number },
): Promise<ExchangeResponse> {
  const registry = url === undefined ? await transport.findOrigin(reference.host, signal) : serverOf(url)
  const send = url === undefined ? transport.send : transport.sendBare
  const response = await send({
    method: 'GET',
    url: url ?? new URL(`/v2/${reference.repository}/blobs/${blob.digest}`, registry.origin),
    headers: offset === 0 ? {} : { range: `bytes=${offset}-${end - 1}` },
    registry,
    once: true, // fetchBlob() itself tries again, from where it is
    scopes: [`repository:${reference.repository}:pull`],
    wantsConnection: receive !== undefined && end - offset >= PASSED_ON_FROM_BYTES + LONG_REST_BYTES,
    signal,
  })
  if (response.status === 200 || (response.status === 206 && offset > 0)) {
    await checkSize(response, reference, blob)
    return response
  }
  const object = `${repositoryName(reference)}@${blob.digest}`
  throw await transport.failure(response, { action: 'pull', object, host: url?.host ?? reference.host })
}

function serverOf({ host, origin }: URL): RegistryOrigin {
  return { host, origin, isAnyServer: true }
}

/** The size that the registry names decides before a byte is read: waiting for bytes that never come helps no one. */
async function checkSize(response: ExchangeResponse, reference: ImageReference, blob: Descriptor): Promise<void> {
  const total =
    response.status === 206
      ? /\/(\d+)$/.exec(response.header('content-range') ?? '')?.[1]
      : response.header('content-encoding') === undefined && response.header('content-length')
  const isRight = typeof total === 'string' && total === String(blob.size)
  if (isRight || (typeof total !== 'string' && !isPage(response))) return
  await response.discard()
  if (isPage(response)) throw badAnswer(reference, blob, 'received a web page instead of the blob', PAGE_HINT)
  throw badAnswer(reference, blob, `the registry has ${total} bytes of it (expected ${blob.size})`)
}

/** What the answer brings beyond `offset`: a registry that ignores Range sends the blob from its start. */
async function* remaining(
  response: ExchangeResponse,
  reference: ImageReference,
  blob: Descriptor,
  offset: number,
): AsyncGenerator<Uint8Array> {
  const start = response.status === 206 ? rangeStart(response) : 0
  if (start === undefined || start > offset) {
    await response.discard()
    throw badAnswer(reference, blob, `the registry sent range ${JSON.stringify(response.header('content-range'))}`)
  }
  let position = start
  for await (const chunk of response.body) {
    if (position + chunk.length > blob.size) {
      throw badAnswer(reference, blob, `the registry sent more than ${blob.size} bytes`)
    }
    const skipped = Math.max(0, offset - position)
    position += chunk.length
    if (skipped < chunk.length) yield chunk.subarray(skipped)
  }
}

function rangeStart(response: ExchangeResponse): number | undefined {
  const start = /^bytes (\d+)-/.exec(response.header('content-range') ?? '')?.[1]
  return start === undefined ? undefined : Number(start)
}

function endedEarly(reference: ImageReference, blob: Descriptor, offset: number): RegistryError {
  const found = `the answer ended after ${offset} of ${blob.size} bytes`
  return new RegistryError(
    'REGISTRY_UNAVAILABLE',
    `Cannot pull "${repositoryName(reference)}@${blob.digest}": ${found}`,
    { hint: 'Run the command again: received data is kept' },
  )
}

function badAnswer(reference: ImageReference, blob: Descriptor, found: string, hint = DAMAGED_HINT): RegistryError {
  return new RegistryError(
    'REGISTRY_BAD_RESPONSE',
    `Cannot pull "${repositoryName(reference)}@${blob.digest}": ${found}`,
    { hint },
  )
}
