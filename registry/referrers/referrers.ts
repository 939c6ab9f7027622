import type { Descriptor } from '../../image-spec/index.ts'

/** A manifest or index with a `subject`. */
export interface Referrer {
  readonly mediaType: string
  readonly bytes: Uint8Array
}

export interface PushedReferrer {
  /** As lists of referrers show it: with artifact type and annotations. */
  readonly descriptor: Descriptor
  /** Who lists it: the registry itself, or the referrers tag for registries without the referrers API. */
  readonly listedBy: 'registry' | 'tag'
}

export interface ListReferrersRequest {
  /** Of these only. */
  readonly artifactType?: string | undefined
  readonly signal?: AbortSignal | undefined
}
