import { isDigest } from '../../image-spec/index.ts'
import { type Claim, isObject, textsOf } from './claim.ts'

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

/** Undefined where it is no such payload. */
export function parsePayload(bytes: Buffer): Claim | undefined {
  let document: unknown
  try {
    document = JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
  const critical = isObject(document) ? document['critical'] : undefined
  if (!isObject(document) || !isObject(critical) || critical['type'] !== TYPE) return undefined
  const image = critical['image']
  const digest = isObject(image) ? image['docker-manifest-digest'] : undefined
  if (typeof digest !== 'string' || !isDigest(digest)) return undefined
  const identity = critical['identity']
  const repository = isObject(identity) ? identity['docker-reference'] : undefined
  return {
    digest,
    annotations: textsOf(document['optional']),
    ...(typeof repository === 'string' && { repository }),
  }
}
