import { type KeyObject, verify } from 'node:crypto'
import { type Descriptor, type Digest, fullName, type ImageReference, repositoryName } from '../image-spec/index.ts'
import type { RegistryClient } from '../registry/index.ts'
import { SigningError } from './errors.ts'
import { BUNDLE_TYPE, openBundle } from './formats/bundle.ts'
import type { Annotations, Claim } from './formats/claim.ts'
import { parsePayload, SIGNATURE_ANNOTATION, SIMPLE_SIGNING_TYPE } from './formats/simple-signing.ts'
import type { SignatureFormat } from './sign-image.ts'
import { findSignatureManifest, signatureTag } from './signature-tag.ts'
import { fetchBytes } from './small-blobs.ts'
import { unlessMissing } from './unless-missing.ts'

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

/** SECURITY: a repository may have any number of signatures that are none. */
const MAX_SIGNATURES = 1000

/** A valid signature, or why it is none. */
type Outcome = VerifiedSignature | string

/** The valid signatures of what the reference leads to now; at least one. Throws SigningError otherwise. */
export async function verifyImage(
  request: VerifyRequest,
  signal?: AbortSignal,
): Promise<{ readonly digest: Digest; readonly signatures: readonly VerifiedSignature[] }> {
  const { client, reference } = request
  const { digest } = await client.resolve(reference, signal)
  const outcomes = [...(await inTag(request, digest, signal)), ...(await inBundles(request, digest, signal))]
  const signatures = outcomes.filter((one) => typeof one !== 'string')
  if (signatures.length > 0) return { digest, signatures }
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

async function inTag(
  { client, reference, key, annotations }: VerifyRequest,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<readonly Outcome[]> {
  const tag = signatureTag(reference, digest)
  const layers = (await findSignatureManifest(client, tag, signal))?.layers ?? []
  const outcomes: Outcome[] = []
  for (const layer of layers.slice(0, MAX_SIGNATURES)) {
    if (layer.mediaType !== SIMPLE_SIGNING_TYPE) continue
    const claim = openLayer(layer, await unlessMissing(fetchBytes(client, tag, layer, signal)), key)
    outcomes.push(typeof claim === 'string' ? claim : checked({ ...claim, format: 'tag' }, digest, annotations))
  }
  return outcomes
}

function openLayer({ annotations }: Descriptor, payload: Buffer | undefined, key: KeyObject): Claim | string {
  if (payload === undefined) return 'a payload that is missing or has other bytes than its digest names'
  const signature = annotations?.[SIGNATURE_ANNOTATION]
  if (signature === undefined) return 'a payload without a signature'
  if (!verify('sha256', payload, key, Buffer.from(signature, 'base64'))) return 'a signature by another key'
  return parsePayload(payload) ?? 'a payload about something else than an image'
}

async function inBundles(
  { client, reference, key, annotations }: VerifyRequest,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<readonly Outcome[]> {
  const { host, repository } = reference
  const referrers = await client.listReferrers(reference, digest, { artifactType: BUNDLE_TYPE, signal })
  const outcomes: Outcome[] = []
  for (const referrer of referrers.slice(0, MAX_SIGNATURES)) {
    const place = { host, repository, digest: referrer.digest }
    const fetched = await unlessMissing(client.fetchManifest(place, signal))
    if (fetched === undefined) outcomes.push('a bundle that is missing')
    for (const layer of fetched?.kind === 'manifest' ? fetched.manifest.layers : []) {
      if (layer.mediaType !== BUNDLE_TYPE) continue
      const bytes = await unlessMissing(fetchBytes(client, place, layer, signal))
      const claims =
        bytes === undefined
          ? 'a bundle that is missing or has other bytes than its digest names'
          : openBundle(bytes, key)
      outcomes.push(typeof claims === 'string' ? claims : bundleOutcome(claims, { reference, digest, annotations }))
    }
  }
  return outcomes
}

interface Wanted extends Pick<VerifyRequest, 'reference' | 'annotations'> {
  readonly digest: Digest
}

function bundleOutcome(claims: readonly Claim[], { reference, digest, annotations }: Wanted): Outcome {
  const [first] = claims
  const claim = claims.find((one) => one.digest === digest) ?? first
  if (claim === undefined) return 'a bundle without a subject'
  return checked({ ...claim, repository: repositoryName(reference), format: 'bundle' }, digest, annotations)
}

function checked(signature: VerifiedSignature, digest: Digest, wanted: Annotations): Outcome {
  if (signature.digest !== digest) return `a signature for another image, ${signature.digest}`
  const missing = Object.entries(wanted).find(([key, value]) => signature.annotations[key] !== value)
  if (missing === undefined) return signature
  return `a signature without the annotation ${missing.join('=')}`
}
