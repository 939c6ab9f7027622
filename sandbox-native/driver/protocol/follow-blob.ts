/**
 * Digests a file while its writer announces on standard input how far it has come: 8 bytes a number, little-endian. The
 * end of the announcements is the end of the file.
 */
export interface FollowBlobRequest {
  readonly verb: 'follow-blob'
  readonly path: string
  /** Of an earlier process that did not get to the end. */
  readonly from?: DigestState
}

/** SHA-256 between two blocks. SPEC: FIPS 180-4 section 6.2 */
export interface DigestState {
  /** A multiple of 64. */
  readonly position: number
  /** Eight unsigned 32-bit numbers. */
  readonly words: readonly number[]
}

export interface FollowBlobResult {
  readonly digest: string
  readonly sizeBytes: number
}
