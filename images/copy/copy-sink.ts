import type { Descriptor } from '../../image-spec/index.ts'
import type { FetchedManifest } from '../../registry/index.ts'
import type { PushOutcome } from '../transfer/show-pushed.ts'

/** Destination of a copy. Blobs and documents are written before the documents that refer to them. */
export interface CopySink {
  putBlob(blob: BlobToCopy, signal: AbortSignal): Promise<PushOutcome>
  putDocument(document: FetchedManifest, role: DocumentRole, signal: AbortSignal | undefined): Promise<void>
  /** Everything has been written. */
  finish(top: Descriptor, signal: AbortSignal | undefined): Promise<void>
  /** Removes the parts of an unfinished copy. */
  close(): Promise<void>
}

export interface BlobToCopy {
  readonly blob: Descriptor
  readonly open: (offset: number) => AsyncIterable<Uint8Array>
  readonly onProgress: (doneBytes: number) => void
}

/** `inner` is an entry of an index, `referrer` refers to a copied document; a tag is copied under its name. */
export type DocumentRole = 'top' | 'inner' | 'referrer' | { readonly tag: string }
