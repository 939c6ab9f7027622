import * as v from 'valibot'
import { type Digest, hexOf, isDigest } from '../../image-spec/index.ts'
import { ANNOTATIONS, type Annotations, read } from './claim.ts'

/** SPEC: in-toto/attestation, spec/v1/statement.md; v0.1 has the same fields. */
const TYPES = ['https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1'] as const

export interface Subject {
  readonly digest: Digest
  readonly name?: string
  readonly annotations?: Annotations
}

export interface Statement {
  readonly subjects: readonly Subject[]
  readonly predicateType: string
  readonly predicate: unknown
}

const STATEMENT = v.object({
  _type: v.picklist(TYPES),
  predicateType: v.string(),
  predicate: v.unknown(),
  subject: v.array(v.object({ digest: v.object({ sha256: v.optional(v.string()) }), annotations: ANNOTATIONS })),
})

export function formatStatement({ subjects, predicateType, predicate }: Statement): Buffer {
  const subject = subjects.map(({ digest, name, annotations = {} }) => ({
    ...(name !== undefined && { name }),
    digest: { sha256: hexOf(digest) },
    ...(Object.keys(annotations).length > 0 && { annotations }),
  }))
  return Buffer.from(JSON.stringify({ _type: TYPES[0], subject, predicateType, predicate }))
}

/** Undefined if the bytes are not a statement. Omits subjects without a SHA-256 digest. */
export function parseStatement(payload: Buffer): Statement | undefined {
  const statement = read(STATEMENT, payload)
  if (statement === undefined) return undefined
  const { predicateType, predicate, subject } = statement
  const subjects = subject.flatMap(({ digest: { sha256 }, annotations }) => {
    const digest = `sha256:${sha256}`
    return isDigest(digest) ? [{ digest, annotations }] : []
  })
  return { subjects, predicateType, predicate }
}
