import {
  type Digest,
  type DigestReference,
  digestOf,
  fullName,
  type ImageReference,
  isDigest,
} from '../../image-spec/index.ts'
import { RegistryError } from '../errors.ts'
import { INDEX_TYPES, MANIFEST_TYPES } from '../pull/parse-manifest.ts'
import type { RawManifest } from '../registry-client.ts'
import { apiUrl } from '../transport/api-url.ts'
import type { Transport } from '../transport/create-transport.ts'
import { bodyOf, type ExchangeRequest, type ExchangeResponse } from '../transport/exchange.ts'
import { isPage } from '../transport/response-error.ts'
import { pushScopes, wasDamaged } from './upload-blob.ts'

const ACCEPTED = new Set([200, 201, 202])

export interface ManifestToPush extends RawManifest {
  /** Push only if the tag still has this ETag; otherwise the registry responds with 412. */
  readonly ifMatch?: string | undefined
  readonly signal?: AbortSignal | undefined
}

export interface PushedManifest {
  readonly digest: Digest
  /** The registry lists it among its subject's referrers. SPEC: distribution-spec spec.md: OCI-Subject */
  readonly isListed: boolean
}

/** HEAD by digest. Failures are ignored: the push that follows reports them. */
export async function hasManifest(
  transport: Transport,
  { digest, ...reference }: DigestReference,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    const registry = await transport.findOrigin(reference.host, signal)
    const url = apiUrl(registry.origin, reference, `manifests/${digest}`)
    const headers = { accept: [...MANIFEST_TYPES, ...INDEX_TYPES].join(', ') }
    const response = await transport.send({
      method: 'HEAD',
      url,
      headers,
      registry,
      scopes: pushScopes(reference),
      signal,
    })
    await response.discard()
    return response.status === 200 && response.header('docker-content-digest') === digest
  } catch (failure) {
    if (failure instanceof RegistryError) return false
    throw failure
  }
}

/** By tag, or by digest if the reference has no tag. */
export async function pushManifest(
  transport: Transport,
  reference: ImageReference,
  { signal, ...manifest }: ManifestToPush,
): Promise<PushedManifest> {
  const digest = digestOf(manifest.bytes)
  const registry = await transport.findOrigin(reference.host, signal)
  const put = {
    method: 'PUT',
    url: apiUrl(registry.origin, reference, `manifests/${reference.tag ?? digest}`),
    headers: {
      'content-type': manifest.mediaType,
      ...(manifest.ifMatch !== undefined && { 'if-match': manifest.ifMatch }),
    },
    body: bodyOf(manifest.bytes),
    registry,
    scopes: pushScopes(reference),
    signal,
  } as const
  const send = () => sendManifest(transport, reference, put)
  const response = await send().catch((failure) => {
    if (!wasDamaged(failure)) throw failure
    return send()
  })
  await response.discard()
  const held = response.header('docker-content-digest')
  if (held !== undefined && isDigest(held) && held !== digest) {
    const message = `Cannot push "${fullName(reference)}": the registry has ${held} (expected ${digest})`
    throw new RegistryError('REGISTRY_DIGEST_MISMATCH', message)
  }
  return { digest, isListed: response.header('oci-subject') !== undefined }
}

async function sendManifest(
  transport: Transport,
  reference: ImageReference,
  put: ExchangeRequest,
): Promise<ExchangeResponse> {
  const response = await transport.send(put)
  if (ACCEPTED.has(response.status) && !isPage(response)) return response
  throw await transport.failure(response, { action: 'push', object: fullName(reference), server: reference })
}
