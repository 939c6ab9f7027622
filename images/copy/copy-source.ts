import type { Descriptor, Digest, ImageReference } from '../../image-spec/index.ts'
import type { ImageSource } from '../transfer/transfer.ts'

/** What is copied. */
export interface CopySource {
  readonly documents: ImageSource
  /** Of the manifest or index: its tag or digest is what is copied. */
  readonly reference: ImageReference
  /** Its blobs may be mounted at the same registry. */
  readonly isRegistry?: boolean
  /** What refers to a document. */
  referrers(subject: Digest): Promise<readonly Descriptor[]>
  /** The tags under which cosign finds what belongs to a document. */
  cosignTags(subject: Digest): Promise<readonly TaggedDocument[]>
  /** Removes what was unpacked for it. */
  close(): Promise<void>
}

export interface TaggedDocument {
  readonly tag: string
  readonly digest: Digest
}

export const nothingToClose = (): Promise<void> => Promise.resolve()
