import { type KeyObject, sign, verify } from 'node:crypto'
import * as v from 'valibot'
import { hexOf, isDigest } from '../../image-spec/index.ts'
import { keyHint } from '../keys/public-key.ts'
import { ANNOTATIONS, type Claim, read } from './claim.ts'

/** SPEC: sigstore protobuf-specs, sigstore_bundle.proto; in-toto Statement v1; DSSE */
export const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
export const SIGN_PREDICATE = 'https://sigstore.dev/cosign/sign/v1'
const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1'
const IN_TOTO = 'application/vnd.in-toto+json'

/** A bundle whose envelope states that the image was signed. */
export function formatBundle({ digest, annotations }: Claim, key: KeyObject, publicKey: KeyObject): Buffer {
  const subject = {
    digest: { sha256: hexOf(digest) },
    ...(Object.keys(annotations).length > 0 && { annotations }),
  }
  const statement = { _type: STATEMENT_TYPE, subject: [subject], predicateType: SIGN_PREDICATE, predicate: {} }
  const payload = Buffer.from(JSON.stringify(statement))
  const signature = sign('sha256', encoded(IN_TOTO, payload), key)
  return Buffer.from(
    JSON.stringify({
      mediaType: BUNDLE_TYPE,
      verificationMaterial: { publicKey: { hint: keyHint(publicKey) } },
      dsseEnvelope: {
        payload: payload.toString('base64'),
        payloadType: IN_TOTO,
        signatures: [{ sig: signature.toString('base64') }],
      },
    }),
  )
}

/** What the bundle states, if the key signed it; else why not. */
export function openBundle(bytes: Buffer, key: KeyObject): readonly Claim[] | string {
  const envelope = read(ENVELOPE, bytes)?.dsseEnvelope
  if (envelope === undefined) return 'a bundle without a signed envelope'
  const payload = Buffer.from(envelope.payload, 'base64')
  const signed = encoded(envelope.payloadType, payload)
  const isSigned = envelope.signatures.some(({ sig }) => verify('sha256', signed, key, Buffer.from(sig, 'base64')))
  if (!isSigned) return 'a signature by another key'
  return claimsOf(payload) ?? 'a bundle about something else than a signature of an image'
}

/** DSSE, Pre-Authentication Encoding. */
function encoded(type: string, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload])
}

const ENVELOPE = v.object({
  dsseEnvelope: v.object({
    payload: v.string(),
    payloadType: v.literal(IN_TOTO),
    // One that cannot be read must not hide the others.
    signatures: v.array(v.fallback(v.object({ sig: v.string() }), { sig: '' })),
  }),
})

const STATEMENT = v.object({
  _type: v.literal(STATEMENT_TYPE),
  predicateType: v.literal(SIGN_PREDICATE),
  subject: v.array(v.object({ digest: v.object({ sha256: v.string() }), annotations: ANNOTATIONS })),
})

function claimsOf(payload: Buffer): readonly Claim[] | undefined {
  return read(STATEMENT, payload)?.subject.flatMap(({ digest: { sha256 }, annotations }) => {
    const digest = `sha256:${sha256}`
    return isDigest(digest) ? [{ digest, annotations }] : []
  })
}
