import { CodedError } from '../errors/index.ts'

export type SigningErrorCode =
  /** A key file or its content is unusable. */
  | 'SIGNING_BAD_KEY'
  | 'SIGNING_WRONG_PASSWORD'
  /** The predicate to attest cannot be read. */
  | 'SIGNING_BAD_PREDICATE'
  /** The image has no signature. */
  | 'SIGNING_UNSIGNED'
  /** The image has signatures, but none is valid. */
  | 'SIGNING_BAD_SIGNATURE'

/** A key or a signature that cannot be used. */
export class SigningError extends CodedError<SigningErrorCode> {
  override readonly name = 'SigningError'
}
