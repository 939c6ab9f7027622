import { type Digest, hexOf, type ImageReference, type Manifest } from '../image-spec/index.ts'
import type { RegistryClient } from '../registry/index.ts'
import { SigningError } from './errors.ts'
import { unlessMissing } from './unless-missing.ts'

/** `sha256-<hex>.sig` in the repository of the image. SPEC: cosign, specs/SIGNATURE_SPEC.md#tag-based-discovery */
export function signatureTag(reference: ImageReference, digest: Digest): ImageReference {
  return tagOf(reference, digest, 'sig')
}

/** SPEC: cosign, specs/ATTESTATION_SPEC.md */
export function attestationTag(reference: ImageReference, digest: Digest): ImageReference {
  return tagOf(reference, digest, 'att')
}

function tagOf({ host, repository }: ImageReference, digest: Digest, suffix: string): ImageReference {
  return { host, repository, tag: `sha256-${hexOf(digest)}.${suffix}` }
}

/** Undefined if the tag does not exist. */
export async function findSignatureManifest(
  client: RegistryClient,
  reference: ImageReference,
  signal?: AbortSignal,
): Promise<Manifest | undefined> {
  const fetched = await unlessMissing(client.fetchManifest(reference, { signal }))
  if (fetched === undefined) return undefined
  if (fetched.kind === 'manifest') return fetched.manifest
  throw new SigningError('SIGNING_BAD_SIGNATURE', `Cannot read signatures in tag "${reference.tag}": it is an index`, {
    hint: 'Remove the tag from the registry',
  })
}
