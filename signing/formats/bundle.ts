import { createPublicKey, type KeyObject } from 'node:crypto'
import * as v from 'valibot'
import { keyHint } from '../keys/public-key.ts'
import { type Claim, read } from './claim.ts'
import { ENVELOPE, type Envelope, openEnvelope, signEnvelope } from './dsse.ts'
import { formatStatement, parseStatement } from './statement.ts'

/** SPEC: sigstore protobuf-specs, sigstore_bundle.proto */
export const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
export const SIGN_PREDICATE = 'https://sigstore.dev/cosign/sign/v1'

const BUNDLE = v.object({ dsseEnvelope: ENVELOPE })

/** A bundle whose envelope has a signed statement. */
export function formatBundle(statement: Buffer, key: KeyObject): Buffer {
  return Buffer.from(
    JSON.stringify({
      mediaType: BUNDLE_TYPE,
      verificationMaterial: { publicKey: { hint: keyHint(createPublicKey(key)) } },
      dsseEnvelope: signEnvelope(statement, key),
    }),
  )
}

/** States that an image was signed. */
export function signStatement({ digest, annotations }: Claim): Buffer {
  return formatStatement({ subjects: [{ digest, annotations }], predicateType: SIGN_PREDICATE, predicate: {} })
}

export function envelopeIn(bundle: Buffer): Envelope | undefined {
  return read(BUNDLE, bundle)?.dsseEnvelope
}

/** Such as an attestation. */
export const NO_SIGNATURE = 'a bundle that does not sign an image'

/** The claims in the bundle, if the key signed it; else the reason why not. */
export function openBundle(bytes: Buffer, key: KeyObject): readonly Claim[] | string {
  const envelope = envelopeIn(bytes)
  if (envelope === undefined) return 'a bundle without a signed envelope'
  const payload = openEnvelope(envelope, key)
  if (payload === undefined) return 'a signature by another key'
  const statement = parseStatement(payload)
  if (statement?.predicateType !== SIGN_PREDICATE) return NO_SIGNATURE
  return statement.subjects.map(({ digest, annotations = {} }) => ({ digest, annotations }))
}
