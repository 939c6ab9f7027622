/** Another process follows a file while it is written. */
export interface FileFollower<Result> {
  /** Reports the current size of the file. */
  grow(sizeBytes: number): void
  /** The file is complete. */
  finish(): Promise<Result>
  /** Stops early; a digest saves its last state. Never rejects. */
  abandon(): Promise<void>
}
