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
import type { FetchedManifest } from '../registry-client.ts'
import type { Transport } from '../transport/create-transport.ts'
import { type ExchangeRequest, type ExchangeResponse, readCapped } from '../transport/exchange.ts'
import { timeoutOf } from '../transport/network-failure.ts'
import { isPage } from '../transport/response-error.ts'
import { backoffMs, isPassing, pauseBeforeRetry, RETRIES_AFTER_TIMEOUT } from '../transport/retry.ts'
import { DAMAGED_HINT } from './fetch-blob.ts'
import { INDEX_TYPES, MANIFEST_TYPES, parseResponse } from './parse-manifest.ts'

/** SPEC: distribution-spec spec.md#pushing-manifests: registries should accept 4 MiB. SECURITY: we never read more. */
export const MAX_MANIFEST_BYTES = 4 << 20

/**
 * Resolves the reference with HEAD, which registries do not count as a pull, or with GET if the response is incomplete.
 */
export async function resolveManifest(
  transport: Transport,
  reference: ImageReference,
  signal?: AbortSignal,
): Promise<Descriptor> {
  const response = await transport.send({ method: 'HEAD', ...(await manifestRequest(transport, reference, signal)) })
  await response.discard()
  const digest = response.header('docker-content-digest')
  const mediaType = response.header('content-type')?.split(';')[0]?.trim()
  const size = Number(response.header('content-length') ?? Number.NaN)
  const isKnown = digest !== undefined && isDigest(digest) && Number.isSafeInteger(size) && size > 0
  if (response.status === 200 && isKnown && mediaType !== undefined && isManifestType(mediaType)) {
    checkRequestedDigest(reference, digest)
    return { mediaType, digest, size }
  }
  return (await fetchManifest(transport, reference, { signal })).descriptor
}

export interface FetchManifestOptions {
  /** For errors; default: `pull`. */
  readonly action?: string | undefined
  readonly signal?: AbortSignal | undefined
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
  for (let failures = 0; ; failures++) {
    try {
      return await fetchOnce(transport, reference, options)
    } catch (failure) {
      const isDamaged = failure instanceof RegistryError && failure.code === 'REGISTRY_DIGEST_MISMATCH'
      const isCut = isPassing(failure) && failure.status === undefined && timeoutOf(failure) !== 'answer'
      const retries = isCut && timeoutOf(failure) === 'body' ? RETRIES_AFTER_TIMEOUT : transport.policy.retries
      if (!(isDamaged && failures === 0) && !(isCut && failures < retries)) throw failure
      await pauseBeforeRetry(backoffMs(transport.policy, failures), options.signal)
    }
  }
}

async function fetchOnce(
  transport: Transport,
  reference: ImageReference,
  { action = 'pull', signal }: FetchManifestOptions,
): Promise<FetchedManifest> {
  const subject = { action, object: fullName(reference) }
  const { object } = subject
  const response = await transport.send({ method: 'GET', ...(await manifestRequest(transport, reference, signal)) })
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
    url: new URL(`/v2/${reference.repository}/manifests/${named}`, registry.origin),
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
