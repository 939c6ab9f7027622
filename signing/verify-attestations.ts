import type { KeyObject } from 'node:crypto'
import { type Digest, fullName, type ImageReference } from '../image-spec/index.ts'
import type { RegistryClient } from '../registry/index.ts'
import { SigningError } from './errors.ts'
import { envelopeIn, SIGN_PREDICATE } from './formats/bundle.ts'
import { read } from './formats/claim.ts'
import { ENVELOPE, ENVELOPE_TYPE, type Envelope, openEnvelope } from './formats/dsse.ts'
import { parseStatement } from './formats/statement.ts'
import { readBundles, readTag } from './read-signed.ts'
import { attestationTag } from './signature-tag.ts'

export interface VerifyAttestationsRequest {
  readonly client: RegistryClient
  readonly reference: ImageReference
  readonly key: KeyObject
  readonly predicateType: string
}

export interface VerifiedAttestations {
  readonly digest: Digest
  /** Signed by the key, about this image, and of the requested type. */
  readonly envelopes: readonly Envelope[]
  readonly unread: readonly string[]
}

/** The valid attestations of the image that the reference resolves to; at least one. Throws SigningError otherwise. */
export async function verifyAttestations(
  request: VerifyAttestationsRequest,
  signal?: AbortSignal,
): Promise<VerifiedAttestations> {
  const { client, reference } = request
  const { digest } = await client.resolve(reference, signal)
  const tag = attestationTag(reference, digest)
  const inTag = await readTag({ client, reference: tag }, ENVELOPE_TYPE, signal)
  const bundles = await readBundles(request, digest, signal)
  const unread = [...inTag, ...bundles].flatMap((one) => ('unread' in one ? [one.unread] : []))
  const outcomes = [
    ...inTag.flatMap((one) => ('unread' in one ? [] : [outcomeOf(read(ENVELOPE, one.bytes), request, digest)])),
    ...bundles.flatMap((one) => ('unread' in one ? [] : [outcomeOf(envelopeIn(one.bytes), request, digest)])),
  ].filter((one) => one !== SIGNATURE)
  const envelopes = outcomes.filter((one) => typeof one !== 'string')
  if (envelopes.length > 0) return { digest, envelopes, unread }
  throw refused(fullName(reference), digest, [...unread, ...outcomes.filter((one) => typeof one === 'string')])
}

/** The bundle of a signature is not an attestation. */
const SIGNATURE = 'a signature'

function outcomeOf(
  envelope: Envelope | undefined,
  { key, predicateType }: VerifyAttestationsRequest,
  wanted: Digest,
): Envelope | string {
  if (envelope === undefined) return 'a document without a signed envelope'
  const payload = openEnvelope(envelope, key)
  if (payload === undefined) return 'an attestation signed by another key'
  const statement = parseStatement(payload)
  if (statement === undefined) return 'an envelope without an in-toto statement'
  if (statement.predicateType === SIGN_PREDICATE) return SIGNATURE
  if (!statement.subjects.some(({ digest }) => digest === wanted)) return 'an attestation about another image'
  if (statement.predicateType !== predicateType) return `an attestation of type ${statement.predicateType}`
  return envelope
}

function refused(name: string, digest: Digest, found: readonly string[]): SigningError {
  if (found.length === 0)
    return new SigningError('SIGNING_UNSIGNED', `Cannot verify "${name}": ${digest} has no attestation`, {
      hint: 'Attest the image with tsbuild attest --key FILE, or check that the tag was not moved',
    })
  const why = [...new Set(found)].join('; ')
  return new SigningError(
    'SIGNING_BAD_SIGNATURE',
    `Cannot verify "${name}": no valid attestation of this type: ${why}`,
    {
      hint: 'Use the public key of the signer and the type of the attestation',
    },
  )
}
