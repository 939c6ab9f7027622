/** Another process works on a file that is being written. */
export interface FileFollower<Result> {
  /** So many bytes of the file are there now. */
  grow(sizeBytes: number): void
  /** The file is complete. */
  finish(): Promise<Result>
  /** Ends it early; of a digest the last state is saved. Never rejects. */
  abandon(): Promise<void>
}
