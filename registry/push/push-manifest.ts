import { type Digest, digestOf, fullName, type ImageReference, isDigest } from '../../image-spec/index.ts'
import { RegistryError } from '../errors.ts'
import type { Transport } from '../transport/create-transport.ts'
import { bodyOf } from '../transport/exchange.ts'
import { pushScopes } from './upload-blob.ts'

/** By tag, or by digest if the reference has no tag. */
export async function pushManifest(
  transport: Transport,
  reference: ImageReference,
  manifest: { readonly mediaType: string; readonly bytes: Uint8Array },
  signal?: AbortSignal,
): Promise<Digest> {
  const digest = digestOf(manifest.bytes)
  const registry = await transport.findOrigin(reference.host, signal)
  const response = await transport.send({
    method: 'PUT',
    url: new URL(`/v2/${reference.repository}/manifests/${reference.tag ?? digest}`, registry.origin),
    headers: { 'content-type': manifest.mediaType },
    body: bodyOf(manifest.bytes),
    registry,
    scopes: pushScopes(reference),
    signal,
  })
  if (response.status !== 201 && response.status !== 202 && response.status !== 200) {
    throw await transport.failure(response, { action: 'push', object: fullName(reference), host: reference.host })
  }
  await response.discard()
  const held = response.header('docker-content-digest')
  if (held !== undefined && isDigest(held) && held !== digest) {
    const message = `Cannot push "${fullName(reference)}": the registry holds ${held} (needed: ${digest})`
    throw new RegistryError('REGISTRY_DIGEST_MISMATCH', message)
  }
  return digest
}
