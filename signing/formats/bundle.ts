import { type KeyObject, sign, verify } from 'node:crypto'
import { hexOf, isDigest } from '../../image-spec/index.ts'
import { keyHint } from '../keys/public-key.ts'
import { type Claim, isObject, textsOf } from './claim.ts'

/** SPEC: sigstore protobuf-specs, sigstore_bundle.proto; in-toto Statement v1; DSSE */
export const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
export const SIGN_PREDICATE = 'https://sigstore.dev/cosign/sign/v1'
const STATEMENT = 'https://in-toto.io/Statement/v1'
const IN_TOTO = 'application/vnd.in-toto+json'

/** A bundle whose envelope states that the image was signed. */
export function formatBundle({ digest, annotations }: Claim, key: KeyObject, publicKey: KeyObject): Buffer {
  const subject = {
    digest: { sha256: hexOf(digest) },
    ...(Object.keys(annotations).length > 0 && { annotations }),
  }
  const statement = { _type: STATEMENT, subject: [subject], predicateType: SIGN_PREDICATE, predicate: {} }
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
  const envelope = envelopeOf(bytes)
  if (envelope === undefined) return 'a bundle without a signed envelope'
  const { payload, payloadType, signatures } = envelope
  const signed = encoded(payloadType, payload)
  if (!signatures.some((signature) => verify('sha256', signed, key, signature))) return 'a signature by another key'
  const claims = claimsOf(payload)
  return claims ?? 'a bundle about something else than a signature of an image'
}

/** DSSE, Pre-Authentication Encoding. */
function encoded(type: string, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload])
}

interface Envelope {
  readonly payload: Buffer
  readonly payloadType: string
  readonly signatures: readonly Buffer[]
}

function envelopeOf(bytes: Buffer): Envelope | undefined {
  const document = parsed(bytes)
  const envelope = isObject(document) ? document['dsseEnvelope'] : undefined
  if (!isObject(envelope) || envelope['payloadType'] !== IN_TOTO) return undefined
  const { payload, signatures } = envelope
  if (typeof payload !== 'string' || !Array.isArray(signatures)) return undefined
  const found = signatures.flatMap((one) => (isObject(one) && typeof one['sig'] === 'string' ? [one['sig']] : []))
  return {
    payload: Buffer.from(payload, 'base64'),
    payloadType: IN_TOTO,
    signatures: found.map((text) => Buffer.from(text, 'base64')),
  }
}

function claimsOf(payload: Buffer): readonly Claim[] | undefined {
  const statement = parsed(payload)
  if (!isObject(statement) || statement['_type'] !== STATEMENT) return undefined
  if (statement['predicateType'] !== SIGN_PREDICATE || !Array.isArray(statement['subject'])) return undefined
  return statement['subject'].flatMap((subject: unknown) => {
    const digests = isObject(subject) ? subject['digest'] : undefined
    const digest = isObject(digests) ? `sha256:${digests['sha256']}` : ''
    if (!isObject(subject) || !isDigest(digest)) return []
    return [{ digest, annotations: textsOf(subject['annotations']) }]
  })
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
