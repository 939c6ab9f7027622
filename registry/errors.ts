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

export interface RegistryErrorDetail {
  /** The HTTP status, where the registry answered. */
  readonly status?: number
  /** How long the registry asks to wait before the next try. */
  readonly retryAfterMs?: number | undefined
  readonly hint?: string | undefined
  readonly cause?: unknown
}

/** Every failure of a registry, of credentials and of references that a user can meet. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError'
  readonly code: RegistryErrorCode
  readonly status: number | undefined
  readonly retryAfterMs: number | undefined
  readonly hint: string | undefined
  constructor(code: RegistryErrorCode, message: string, more: RegistryErrorDetail = {}) {
    super(message, more.cause === undefined ? {} : { cause: more.cause })
    this.code = code
    this.status = more.status
    this.retryAfterMs = more.retryAfterMs
    this.hint = more.hint
  }
}
