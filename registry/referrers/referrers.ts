import type { Descriptor } from '../../image-spec/index.ts'

/** A manifest or index with a `subject`. */
export interface Referrer {
  readonly mediaType: string
  readonly bytes: Uint8Array
}

export interface PushedReferrer {
  /** As in referrers lists: with artifact type and annotations. */
  readonly descriptor: Descriptor
  /** Whether the registry lists it, or the referrers tag, for registries without the referrers API. */
  readonly listedBy: 'registry' | 'tag'
}

export interface ListReferrersRequest {
  /** Only referrers of this type. */
  readonly artifactType?: string | undefined
  readonly signal?: AbortSignal | undefined
}
