import { type KeyObject, sign } from 'node:crypto'
import { type Descriptor, type ImageReference, repositoryName } from '../image-spec/index.ts'
import type { RegistryClient } from '../registry/index.ts'
import { formatBundle, SIGN_PREDICATE, signStatement } from './formats/bundle.ts'
import type { Annotations, Claim } from './formats/claim.ts'
import { formatPayload, SIGNATURE_ANNOTATION, SIMPLE_SIGNING_TYPE } from './formats/simple-signing.ts'
import { addToTag, pushBundle } from './push-signed.ts'
import { signatureTag } from './signature-tag.ts'
import { pushBytes } from './small-blobs.ts'

/** `tag`: a signature in the image's signature tag. `bundle`: a sigstore bundle that refers to the image. */
export type SignatureFormat = 'tag' | 'bundle'

export interface SignRequest {
  readonly client: RegistryClient
  /** A tag is resolved when it is signed. */
  readonly reference: ImageReference
  readonly key: KeyObject
  readonly annotations: Annotations
  readonly format: SignatureFormat
}

/** Pushes a signature of the image; returns the image's descriptor. The tag is pushed last. */
export async function signImage(request: SignRequest, signal?: AbortSignal): Promise<Descriptor> {
  const { client, reference, annotations, key } = request
  const subject = await client.resolve(reference, signal)
  const claim = { digest: subject.digest, annotations, repository: registryName(reference) }
  if (request.format === 'tag') {
    await pushSimpleSignature(request, claim, signal)
    return subject
  }
  const bundle = formatBundle(signStatement(claim), key)
  await pushBundle({ client, reference, subject, bundle, predicateType: SIGN_PREDICATE }, signal)
  return subject
}

/** Docker Hub's name in signatures is `index.docker.io`. */
export function registryName(reference: ImageReference): string {
  return repositoryName(reference).replace(/^docker\.io\//, 'index.docker.io/')
}

async function pushSimpleSignature(
  { client, reference, key }: SignRequest,
  claim: Claim,
  signal: AbortSignal | undefined,
): Promise<void> {
  const tag = signatureTag(reference, claim.digest)
  const bytes = formatPayload(claim)
  const payload = await pushBytes(client, { reference: tag, mediaType: SIMPLE_SIGNING_TYPE, bytes }, signal)
  const signature = sign('sha256', bytes, key).toString('base64')
  await addToTag({ client, tag }, { ...payload, annotations: { [SIGNATURE_ANNOTATION]: signature } }, signal)
}
