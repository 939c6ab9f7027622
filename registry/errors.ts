import { CodedError, type ErrorDetails } from '../errors/index.ts'

export type RegistryErrorCode =
  | 'REGISTRY_BAD_REFERENCE'
  | 'REGISTRY_UNAVAILABLE'
  | 'REGISTRY_UNAUTHORIZED'
  | 'REGISTRY_DENIED'
  | 'REGISTRY_NOT_FOUND'
  | 'REGISTRY_TOO_MANY_REQUESTS'
  | 'REGISTRY_BAD_RESPONSE'
  | 'REGISTRY_REFUSED'
  | 'REGISTRY_DIGEST_MISMATCH'
  | 'REGISTRY_UNSUPPORTED'
  | 'REGISTRY_NO_PLATFORM'
  | 'REGISTRY_BAD_CONFIG'
  | 'REGISTRY_BAD_CREDENTIALS'
  | 'REGISTRY_BAD_CERTIFICATE'

export interface RegistryErrorDetail extends ErrorDetails {
  /** HTTP status, if the registry responded. */
  readonly status?: number
  /** Delay requested by the registry before the next attempt. */
  readonly retryAfterMs?: number | undefined
  /** A retry would fail in the same way, whatever the code. */
  readonly isFinal?: boolean
}

/** Errors of registries, credentials and references that users can encounter. */
export class RegistryError extends CodedError<RegistryErrorCode> {
  override readonly name = 'RegistryError'
  readonly status: number | undefined
  readonly retryAfterMs: number | undefined
  readonly isFinal: boolean
  constructor(code: RegistryErrorCode, message: string, more: RegistryErrorDetail = {}) {
    super(code, message, more)
    this.status = more.status
    this.retryAfterMs = more.retryAfterMs
    this.isFinal = more.isFinal ?? false
  }
}
