import { type KeyObject, verify } from 'node:crypto'
import { type Digest, fullName, type ImageReference, repositoryName } from '../image-spec/index.ts'
import type { RegistryClient } from '../registry/index.ts'
import { SigningError } from './errors.ts'
import { NO_SIGNATURE, openBundle } from './formats/bundle.ts'
import type { Annotations, Claim } from './formats/claim.ts'
import { parsePayload, SIGNATURE_ANNOTATION, SIMPLE_SIGNING_TYPE } from './formats/simple-signing.ts'
import { type ReadDocument, readBundles, readTag, type UnreadDocument } from './read-signed.ts'
import type { SignatureFormat } from './sign-image.ts'
import { signatureTag } from './signature-tag.ts'

export interface VerifyRequest {
  readonly client: RegistryClient
  readonly reference: ImageReference
  readonly key: KeyObject
  /** All of them have to be in the signature. */
  readonly annotations: Annotations
}

export interface VerifiedSignature extends Claim {
  readonly format: SignatureFormat
}

export interface VerifiedImage {
  readonly digest: Digest
  readonly signatures: readonly VerifiedSignature[]
  /** What could not be read, each with the reason. */
  readonly unread: readonly string[]
}

/** A valid signature, or why it is invalid. */
type Outcome = VerifiedSignature | string

/** The valid signatures of the image that the reference resolves to; at least one. Throws SigningError otherwise. */
export async function verifyImage(request: VerifyRequest, signal?: AbortSignal): Promise<VerifiedImage> {
  const { client, reference } = request
  const { digest } = await client.resolve(reference, signal)
  const tag = signatureTag(reference, digest)
  const inTag = await readTag({ client, reference: tag }, SIMPLE_SIGNING_TYPE, signal)
  const bundles = await readBundles(request, digest, signal)
  const documents = [...inTag, ...bundles]
  const unread = documents.flatMap((one) => ('unread' in one ? [one.unread] : []))
  const outcomes = [
    ...inTag.map((one) => ifRead(one, (document) => tagOutcome(document, request, digest))),
    ...bundles.map((one) => ifRead(one, (document) => bundleOutcome(document, request, digest))),
  ].filter((one) => one !== NO_SIGNATURE)
  const signatures = outcomes.filter((one) => typeof one !== 'string')
  if (signatures.length > 0) return { digest, signatures, unread }
  const name = fullName(reference)
  if (outcomes.length === 0)
    throw new SigningError('SIGNING_UNSIGNED', `Cannot verify "${name}": ${digest} has no signature`, {
      hint: 'Sign the image with tsbuild sign --key FILE, or check that the tag was not moved',
    })
  const why = [...new Set(outcomes)].join('; ')
  const found =
    outcomes.length === 1 ? 'its signature is not valid' : `none of its ${outcomes.length} signatures is valid`
  throw new SigningError('SIGNING_BAD_SIGNATURE', `Cannot verify "${name}": ${found}: ${why}`, {
    hint: 'Use the public key of the signer and the annotations that were signed',
  })
}

function ifRead(one: ReadDocument | UnreadDocument, open: (document: ReadDocument) => Outcome): Outcome {
  return 'unread' in one ? one.unread : open(one)
}

function tagOutcome({ layer, bytes }: ReadDocument, { key, annotations }: VerifyRequest, digest: Digest): Outcome {
  const signature = layer.annotations?.[SIGNATURE_ANNOTATION]
  if (signature === undefined) return 'a payload without a signature'
  if (!verify('sha256', bytes, key, Buffer.from(signature, 'base64'))) return 'a signature by another key'
  const claim = parsePayload(bytes)
  if (claim === undefined) return 'a payload that is not about an image'
  return checked({ ...claim, format: 'tag' }, digest, annotations)
}

function bundleOutcome({ bytes }: ReadDocument, request: VerifyRequest, digest: Digest): Outcome {
  const claims = openBundle(bytes, request.key)
  if (typeof claims === 'string') return claims
  const [first] = claims
  const claim = claims.find((one) => one.digest === digest) ?? first
  if (claim === undefined) return 'a bundle without a subject'
  const repository = repositoryName(request.reference)
  return checked({ ...claim, repository, format: 'bundle' }, digest, request.annotations)
}

function checked(signature: VerifiedSignature, digest: Digest, required: Annotations): Outcome {
  if (signature.digest !== digest) return `a signature for another image, ${signature.digest}`
  const missing = Object.entries(required).find(([key, value]) => signature.annotations[key] !== value)
  if (missing === undefined) return signature
  return `a signature without the annotation ${missing.join('=')}`
}
