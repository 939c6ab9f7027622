import { type KeyObject, sign, verify } from 'node:crypto'
import * as v from 'valibot'

/** SPEC: secure-systems-lab/dsse, envelope.md and protocol.md */
export const ENVELOPE_TYPE = 'application/vnd.dsse.envelope.v1+json'
const IN_TOTO = 'application/vnd.in-toto+json'

export const ENVELOPE = v.object({
  payload: v.string(),
  payloadType: v.literal(IN_TOTO),
  // An invalid signature must not hide the others.
  signatures: v.array(v.fallback(v.object({ sig: v.string() }), { sig: '' })),
})

export type Envelope = v.InferOutput<typeof ENVELOPE>

export function signEnvelope(payload: Buffer, key: KeyObject): Envelope {
  const sig = sign('sha256', encoded(IN_TOTO, payload), key).toString('base64')
  return { payload: payload.toString('base64'), payloadType: IN_TOTO, signatures: [{ sig }] }
}

/** The payload, if the key signed it. */
export function openEnvelope({ payload, payloadType, signatures }: Envelope, key: KeyObject): Buffer | undefined {
  const bytes = Buffer.from(payload, 'base64')
  const signed = encoded(payloadType, bytes)
  const isSigned = signatures.some(({ sig }) => verify('sha256', signed, key, Buffer.from(sig, 'base64')))
  return isSigned ? bytes : undefined
}

/** Pre-Authentication Encoding. */
function encoded(type: string, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload])
}
