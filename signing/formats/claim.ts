import type { Digest } from '../../image-spec/index.ts'

export type Annotations = Readonly<Record<string, string>>

/** What a signature states. */
export interface Claim {
  readonly digest: Digest
  readonly annotations: Annotations
  /** The repository it was signed in; bundles do not name it. */
  readonly repository?: string
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Texts only: cosign lets annotations be of any type, and compares texts. */
export function textsOf(value: unknown): Annotations {
  if (!isObject(value)) return {}
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])),
  )
}
