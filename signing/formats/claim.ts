import * as v from 'valibot'
import type { Digest } from '../../image-spec/index.ts'

export type Annotations = Readonly<Record<string, string>>

/** The content of a signature. */
export interface Claim {
  readonly digest: Digest
  readonly annotations: Annotations
  /** The repository it was signed in; bundles do not name it. */
  readonly repository?: string
}

/** Strings only: cosign allows annotations of any type, but compares strings. */
export const ANNOTATIONS = v.nullish(
  v.pipe(
    v.record(v.string(), v.unknown()),
    v.transform((found): Annotations => {
      const texts = Object.entries(found).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
      return Object.fromEntries(texts)
    }),
  ),
  {},
)

/** Undefined if the bytes do not match the schema. */
export function read<T extends v.GenericSchema>(schema: T, bytes: Buffer): v.InferOutput<T> | undefined {
  const found = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), bytes.toString('utf8'))
  return found.success ? found.output : undefined
}
