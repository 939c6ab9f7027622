/** The codes are older than this room: programs know them by these names. */
export type ImageSpecErrorCode = 'REGISTRY_BAD_REFERENCE' | 'STORE_BAD_DIGEST' | 'STORE_BAD_DOCUMENT'

/** A text or a document that is not what the specification demands. */
export class ImageSpecError extends Error {
  override readonly name = 'ImageSpecError'
  readonly code: ImageSpecErrorCode
  readonly hint: string | undefined
  constructor(code: ImageSpecErrorCode, message: string, more: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: more.cause })
    this.code = code
    this.hint = more.hint
  }
}
