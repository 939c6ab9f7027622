import type { Descriptor, Digest, ImageReference } from '../../image-spec/index.ts'
import type { ImageSource } from '../transfer/transfer.ts'

/** Source of a copy. */
export interface CopySource {
  readonly documents: ImageSource
  /** Reference of the manifest or index: its tag or digest is what is copied. */
  readonly reference: ImageReference
  /** Its blobs may be mounted within the same registry. */
  readonly isRegistry?: boolean
  /** Documents that refer to the given one. */
  referrers(subject: Digest): Promise<readonly Descriptor[]>
  /** Tags under which cosign finds documents belonging to the given one. */
  cosignTags(subject: Digest): Promise<readonly TaggedDocument[]>
  /** Removes temporary files. */
  close(): Promise<void>
}

export interface TaggedDocument {
  readonly tag: string
  readonly digest: Digest
}

export const nothingToClose = (): Promise<void> => Promise.resolve()
