import type { Descriptor } from '../../image-spec/index.ts'
import { type ImageReference, repositoryName } from '../../image-spec/index.ts'
import { RegistryError } from '../errors.ts'
import { isPage, PAGE_HINT } from '../transport/answer-failure.ts'
import type { Transport } from '../transport/create-transport.ts'
import type { ExchangeResponse, RegistryOrigin } from '../transport/exchange.ts'
import { isPassing, pauseBeforeRetry } from '../transport/retry.ts'

/** Where a blob's bytes come from: the reference's repository, or an address that a foreign layer names. */
export interface BlobSource {
  readonly reference: ImageReference
  readonly url?: URL
}

export interface FetchBlobOptions {
  /** Bytes that the caller has already. */
  readonly offset?: number
  readonly signal?: AbortSignal | undefined
}

export const DAMAGED_HINT =
  'Pull again; if it persists, the registry, a mirror or a proxy changes or damages what it serves'

/** A connection that brought this much was a good one: the tries are counted anew. */
const GOOD_CONNECTION_BYTES = 256 * 1024

/** The blob's bytes from `offset`, over as many connections as it takes. */
export async function* fetchBlob(
  transport: Transport,
  source: BlobSource,
  blob: Descriptor,
  options: FetchBlobOptions = {},
): AsyncGenerator<Uint8Array> {
  const { signal } = options
  const { reference } = source
  let offset = options.offset ?? 0
  let failures = 0
  while (offset < blob.size) {
    const start = offset
    try {
      const response = await openAt(transport, source, blob, { offset, signal })
      for await (const chunk of remaining(response, reference, blob, offset)) {
        offset += chunk.length
        yield chunk
      }
      if (offset < blob.size) throw endedEarly(reference, blob, offset)
    } catch (failure) {
      if (!isPassing(failure)) throw failure
      failures = offset - start >= GOOD_CONNECTION_BYTES ? 0 : failures + 1
      if (failures > transport.policy.retries) throw failure
      await pauseBeforeRetry(transport.policy, failures, signal, failure.retryAfterMs)
    }
  }
}

async function openAt(
  transport: Transport,
  { reference, url }: BlobSource,
  blob: Descriptor,
  { offset, signal }: FetchBlobOptions & { readonly offset: number },
): Promise<ExchangeResponse> {
  const registry = url === undefined ? await transport.findOrigin(reference.host, signal) : serverOf(url)
  const send = url === undefined ? transport.send : transport.sendBare
  const response = await send({
    method: 'GET',
    url: url ?? new URL(`/v2/${reference.repository}/blobs/${blob.digest}`, registry.origin),
    headers: offset === 0 ? {} : { range: `bytes=${offset}-${blob.size - 1}` },
    registry,
    once: true, // fetchBlob() itself tries again, from where it is
    scopes: [`repository:${reference.repository}:pull`],
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
  if (isPage(response)) throw badAnswer(reference, blob, 'a web page was sent in place of the blob', PAGE_HINT)
  throw badAnswer(reference, blob, `the registry has ${total} bytes of it, the manifest names ${blob.size}`)
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
      throw badAnswer(reference, blob, `more than the ${blob.size} bytes that the manifest names were sent`)
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
    { hint: 'Run the command again: what has arrived is kept' },
  )
}

function badAnswer(reference: ImageReference, blob: Descriptor, found: string, hint = DAMAGED_HINT): RegistryError {
  return new RegistryError(
    'REGISTRY_BAD_RESPONSE',
    `Cannot pull "${repositoryName(reference)}@${blob.digest}": ${found}`,
    { hint },
  )
}
