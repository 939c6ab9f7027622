import type { Descriptor, ImageReference, Platform } from '../image-spec/index.ts'
import type { RegistryClient } from '../registry/index.ts'
import { parseStatement } from './formats/statement.ts'
import { fetchBytes } from './small-blobs.ts'

export interface AttachedPredicate {
  /** Of the image that it describes, one of several. */
  readonly platform?: Platform
  readonly predicateType: string
  readonly predicate: unknown
}

const TYPE_ANNOTATION = 'in-toto.io/predicate-type'

/**
 * Unsigned statements that builds attached to an image, in the attestation manifests of its index.
 * SPEC: BuildKit, docs/attestations/attestation-storage.md
 */
export async function attachedPredicates(
  client: RegistryClient,
  { reference, image }: { readonly reference: ImageReference; readonly image: Descriptor },
  signal?: AbortSignal,
): Promise<readonly AttachedPredicate[]> {
  const { host, repository } = reference
  const at = ({ digest }: Descriptor) => ({ host, repository, digest })
  const top = await client.fetchManifest(at(image), { signal })
  const entries = top.kind === 'index' ? top.index.manifests : []
  const found: AttachedPredicate[] = []
  for (const entry of entries) {
    if (entry.annotations?.['vnd.docker.reference.type'] !== 'attestation-manifest') continue
    const fetched = await client.fetchManifest(at(entry), { signal })
    for (const layer of fetched.kind === 'manifest' ? fetched.manifest.layers : []) {
      if (layer.annotations?.[TYPE_ANNOTATION] === undefined) continue
      const bytes = await fetchBytes(client, { reference, blob: layer }, signal)
      const statement = bytes && parseStatement(bytes)
      const describes = entry.annotations['vnd.docker.reference.digest']
      if (!statement?.subjects.some(({ digest }) => digest === describes)) continue
      const platform = entries.find(({ digest }) => digest === describes)?.platform
      found.push({ ...statement, ...(platform && { platform }) })
    }
  }
  return found
}
