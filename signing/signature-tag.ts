import { type Digest, hexOf, type ImageReference, type Manifest } from '../image-spec/index.ts'
import type { RegistryClient } from '../registry/index.ts'
import { SigningError } from './errors.ts'

/** `sha256-<hex>.sig` in the repository of the image. SPEC: cosign, specs/SIGNATURE_SPEC.md#tag-based-discovery */
export function signatureTag({ host, repository }: ImageReference, digest: Digest): ImageReference {
  return { host, repository, tag: `sha256-${hexOf(digest)}.sig` }
}

/** Undefined where the tag does not exist. */
export async function findSignatureManifest(
  client: RegistryClient,
  reference: ImageReference,
  signal?: AbortSignal,
): Promise<Manifest | undefined> {
  try {
    const fetched = await client.fetchManifest(reference, signal)
    if (fetched.kind === 'manifest') return fetched.manifest
  } catch (error) {
    // By its code: this room may be loaded as a file that has the class a second time.
    if (error instanceof Error && 'code' in error && error.code === 'REGISTRY_NOT_FOUND') return undefined
    throw error
  }
  throw new SigningError('SIGNING_BAD_SIGNATURE', `Cannot read signatures in tag "${reference.tag}": it is an index`, {
    hint: 'Remove the tag from the registry',
  })
}
