/** The prefixes predate this room and are part of the API. */
export type ImageSpecErrorCode = 'REGISTRY_BAD_REFERENCE' | 'STORE_BAD_DIGEST' | 'STORE_BAD_DOCUMENT'

/** A text or document that violates the specification. */
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
