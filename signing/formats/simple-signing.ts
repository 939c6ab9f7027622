import * as v from 'valibot'
import { isDigest } from '../../image-spec/index.ts'
import { ANNOTATIONS, type Claim, read } from './claim.ts'

/** SPEC: cosign, specs/SIGNATURE_SPEC.md */
export const SIMPLE_SIGNING_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json'
export const SIGNATURE_ANNOTATION = 'dev.cosignproject.cosign/signature'
const TYPE = 'cosign container image signature'

/** The bytes that are signed. */
export function formatPayload({ digest, annotations, repository = '' }: Claim): Buffer {
  return Buffer.from(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': repository },
        image: { 'docker-manifest-digest': digest },
        type: TYPE,
      },
      optional: Object.keys(annotations).length === 0 ? null : annotations,
    }),
  )
}

const PAYLOAD = v.object({
  critical: v.object({
    identity: v.optional(v.object({ 'docker-reference': v.optional(v.string()) })),
    image: v.object({ 'docker-manifest-digest': v.string() }),
    type: v.literal(TYPE),
  }),
  optional: ANNOTATIONS,
})

/** Undefined if the bytes are not a simple signing payload. */
export function parsePayload(bytes: Buffer): Claim | undefined {
  const payload = read(PAYLOAD, bytes)
  const digest = payload?.critical.image['docker-manifest-digest']
  if (payload === undefined || digest === undefined || !isDigest(digest)) return undefined
  const repository = payload.critical.identity?.['docker-reference']
  return { digest, annotations: payload.optional, ...(repository !== undefined && { repository }) }
}
