import { CodedError } from '../errors/index.ts'

/** The prefixes predate this room and are part of the API. */
export type ImageSpecErrorCode = 'REGISTRY_BAD_REFERENCE' | 'STORE_BAD_DIGEST' | 'STORE_BAD_DOCUMENT'

/** A text or document that violates the specification. */
export class ImageSpecError extends CodedError<ImageSpecErrorCode> {
  override readonly name = 'ImageSpecError'
}
