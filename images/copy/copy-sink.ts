import type { Descriptor } from '../../image-spec/index.ts'
import type { FetchedManifest } from '../../registry/index.ts'

/** Destination of a copy. The blobs and documents that a document refers to are written before it. */
export interface CopySink {
  putBlob(blob: BlobToCopy, signal: AbortSignal): Promise<void>
  putDocument(document: FetchedManifest, role: DocumentRole, signal: AbortSignal | undefined): Promise<void>
  /** Everything is there. */
  finish(top: Descriptor, signal: AbortSignal | undefined): Promise<void>
  /** Removes what an unfinished copy left, where it is of no use. */
  close(): Promise<void>
}

export interface BlobToCopy {
  readonly blob: Descriptor
  readonly open: (offset: number) => AsyncIterable<Uint8Array>
  readonly onProgress: (doneBytes: number) => void
}

/** `inner` is an entry of an index, `referrer` refers to a document that was copied; a tag is kept as it is. */
export type DocumentRole = 'top' | 'inner' | 'referrer' | { readonly tag: string }
