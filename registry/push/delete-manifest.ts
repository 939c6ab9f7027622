import { fullName, type ImageReference } from '../../image-spec/index.ts'
import { RegistryError } from '../errors.ts'
import { apiUrl } from '../transport/api-url.ts'
import type { Transport } from '../transport/create-transport.ts'

const DELETED = new Set([200, 202, 204])
/** Registries that treat a tag as a malformed digest respond with 400. */
const NO_TAGS = new Set([400, 405, 501])

/**
 * A digest deletes the manifest with all its tags, a tag only the tag. SPEC: distribution-spec
 * spec.md#deleting-manifests
 */
export async function deleteManifest(
  transport: Transport,
  reference: ImageReference,
  signal?: AbortSignal,
): Promise<void> {
  const { host, repository, tag = 'latest', digest } = reference
  const registry = await transport.findOrigin(host, signal)
  const response = await transport.send({
    method: 'DELETE',
    url: apiUrl(registry.origin, reference, `manifests/${digest ?? tag}`),
    registry,
    scopes: [`repository:${repository}:delete`, `repository:${repository}:pull`],
    signal,
  })
  if (DELETED.has(response.status)) {
    await response.discard()
    return
  }
  const failure = await transport.failure(response, {
    action: 'delete',
    object: fullName(reference),
    server: reference,
  })
  throw NO_TAGS.has(response.status) ? withReason(failure, reference) : failure
}

function withReason({ message, status, cause }: RegistryError, { digest }: ImageReference): RegistryError {
  const hint =
    digest === undefined
      ? 'Delete by digest if the registry cannot delete a tag alone: NAME@sha256:… removes the manifest with all its tags'
      : 'Allow deletions in the registry: distribution needs storage.delete.enabled, others a permission or a setting'
  return new RegistryError('REGISTRY_UNSUPPORTED', message, { hint, cause, ...(status !== undefined && { status }) })
}
