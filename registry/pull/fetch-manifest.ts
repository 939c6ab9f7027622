import {
  type Descriptor,
  type Digest,
  digestOf,
  fullName,
  type ImageReference,
  isDigest,
} from '../../image-spec/index.ts'
import { RegistryError } from '../errors.ts'
import { beginning, type Subject } from '../name-object.ts'
import type { FetchedManifest, FetchManifestOptions } from '../registry-client.ts'
import { apiUrl } from '../transport/api-url.ts'
import type { Transport } from '../transport/create-transport.ts'
import { isEncoded } from '../transport/decoded-body.ts'
import { type ExchangeRequest, type ExchangeResponse, readCapped } from '../transport/exchange.ts'
import { hasTimedOut, wasNeverThere } from '../transport/network-failure.ts'
import { isPage } from '../transport/response-error.ts'
import { backoffMs, isPassing, pauseBeforeRetry, RETRIES_AFTER_TIMEOUT } from '../transport/retry.ts'
import { DAMAGED_HINT } from './fetch-blob.ts'
import { INDEX_TYPES, MANIFEST_TYPES, parseResponse } from './parse-manifest.ts'

/** SPEC: distribution-spec spec.md#pushing-manifests: registries should accept 4 MiB. SECURITY: we never read more. */
const MAX_MANIFEST_BYTES = 4 << 20

/**
 * Resolves the reference with HEAD, which registries do not count as a pull, or with GET if the response is incomplete.
 */
export async function resolveManifest(
  transport: Transport,
  reference: ImageReference,
  signal?: AbortSignal,
): Promise<Descriptor> {
  const response = await head(transport, await manifestRequest(transport, reference, signal))
  if (response === undefined) return (await fetchManifest(transport, reference, { signal })).descriptor
  const digest = response.header('docker-content-digest')
  const mediaType = response.header('content-type')?.split(';')[0]?.trim()
  const size = isEncoded(response) ? Number.NaN : Number(response.header('content-length') ?? Number.NaN)
  const isKnown = digest !== undefined && isDigest(digest) && Number.isSafeInteger(size) && size > 0
  if (response.status === 200 && isKnown && mediaType !== undefined && isManifestType(mediaType)) {
    checkRequestedDigest(reference, digest)
    return { mediaType, digest, size }
  }
  return (await fetchManifest(transport, reference, { signal })).descriptor
}

/** Sent once: a registry may fail at HEAD only, and the GET that follows is retried. */
async function head(
  transport: Transport,
  request: Omit<ExchangeRequest, 'method'>,
): Promise<ExchangeResponse | undefined> {
  try {
    const response = await transport.send({ ...request, method: 'HEAD', once: true })
    await response.discard()
    return response
  } catch (failure) {
    if (!isPassing(failure) || hasTimedOut(failure) || wasNeverThere(failure)) throw failure
    return undefined
  }
}

/**
 * Fetches a manifest or index, verified, with its bytes as received. If damaged or truncated in transit, it is
 * requested again.
 */
export async function fetchManifest(
  transport: Transport,
  reference: ImageReference,
  options: FetchManifestOptions = {},
): Promise<FetchedManifest> {
  const { signal } = options
  for (let failures = 0; ; failures++) {
    // its failures have been retried
    const response = await transport.send({ method: 'GET', ...(await manifestRequest(transport, reference, signal)) })
    try {
      return await read(transport, reference, { ...options, response })
    } catch (failure) {
      const isDamaged = failure instanceof RegistryError && failure.code === 'REGISTRY_DIGEST_MISMATCH'
      const isCut = isPassing(failure) && failure.status === undefined
      const retries = isCut && hasTimedOut(failure) ? RETRIES_AFTER_TIMEOUT : transport.policy.retries
      if (!(isDamaged && failures === 0) && !(isCut && failures < retries)) throw failure
      await pauseBeforeRetry(backoffMs(transport.policy, failures), signal)
    }
  }
}

async function read(
  transport: Transport,
  reference: ImageReference,
  { action = 'pull', response }: FetchManifestOptions & { readonly response: ExchangeResponse },
): Promise<FetchedManifest> {
  const subject = { action, object: fullName(reference) }
  const { object } = subject
  if (response.status !== 200 || isPage(response)) {
    throw await transport.failure(response, { ...subject, server: reference })
  }
  const { bytes, isWhole } = await readCapped(response, MAX_MANIFEST_BYTES)
  if (!isWhole) {
    const message = `Cannot read manifest "${object}": it is larger than ${MAX_MANIFEST_BYTES} bytes`
    throw new RegistryError('REGISTRY_BAD_RESPONSE', message)
  }
  const digest = digestOf(bytes)
  checkRequestedDigest(reference, digest, action)
  checkNamedDigest(subject, response, digest)
  const document = parseResponse(bytes, response.header('content-type'), object)
  const { mediaType } = document.kind === 'index' ? document.index : document.manifest
  return { ...document, descriptor: { mediaType, digest, size: bytes.length }, bytes, etag: response.header('etag') }
}

async function manifestRequest(
  transport: Transport,
  reference: ImageReference,
  signal: AbortSignal | undefined,
): Promise<Omit<ExchangeRequest, 'method'>> {
  const registry = await transport.findOrigin(reference.host, signal)
  const named = reference.digest ?? reference.tag ?? 'latest'
  return {
    url: apiUrl(registry.origin, reference, `manifests/${named}`),
    headers: { accept: [...MANIFEST_TYPES, ...INDEX_TYPES].join(', ') },
    registry,
    scopes: [`repository:${reference.repository}:pull`],
    signal,
  }
}

function isManifestType(mediaType: string): boolean {
  return MANIFEST_TYPES.includes(mediaType) || INDEX_TYPES.includes(mediaType)
}

function checkRequestedDigest(reference: ImageReference, digest: Digest, action = 'pull'): void {
  if (reference.digest === undefined || reference.digest === digest) return
  throw mismatch({ action, object: fullName(reference) }, digest, reference.digest)
}

/** The digest header must match the bytes. */
function checkNamedDigest(subject: Subject, response: ExchangeResponse, digest: Digest): void {
  const named = response.header('docker-content-digest')
  if (named !== undefined && isDigest(named) && named !== digest) throw mismatch(subject, digest, named)
}

function mismatch(subject: Subject, found: Digest, expected: Digest): RegistryError {
  const message = `${beginning(subject)}the registry sent ${found} (expected ${expected})`
  return new RegistryError('REGISTRY_DIGEST_MISMATCH', message, {
    hint: DAMAGED_HINT,
  })
}
