export type ServerErrorCode =
  /** The configuration file, its overrides or a project's settings are wrong. */
  | 'SERVER_BAD_CONFIG'
  /** Another server uses the data directory. */
  | 'SERVER_IN_USE'
  /** PostgreSQL can't be found or started. */
  | 'SERVER_POSTGRES_FAILED'
  /** The database does not answer, or was written by a newer version. */
  | 'SERVER_DATABASE'
  /** Secrets can't be decrypted with this key. */
  | 'SERVER_KEY'
  /** No token, or an unknown or expired one. */
  | 'SERVER_UNAUTHORIZED'
  /** The token's scope does not allow it. */
  | 'SERVER_FORBIDDEN'
  | 'SERVER_NOT_FOUND'
  | 'SERVER_BAD_REQUEST'
  /** It exists already, or its state does not allow it. */
  | 'SERVER_CONFLICT'
  | 'SERVER_TOO_LARGE'
  /** More is sent at once than there is memory for. */
  | 'SERVER_BUSY'
  /** A webhook that is not signed as configured. */
  | 'SERVER_BAD_SIGNATURE'
  /** A webhook that was already delivered, or whose time is too far from now. */
  | 'SERVER_REPLAYED'
  /** The repository can't be checked out. */
  | 'SERVER_CHECKOUT_FAILED'
  /** The build's process or worker was lost more often than it is retried. */
  | 'SERVER_BUILD_LOST'
  | 'SERVER_BUILD_TIMEOUT'
  /** A disk has less free space than builds need. */
  | 'SERVER_DISK_FULL'
  | 'SERVER_DISK_QUOTA'
  /** There is no response, or one that is not of a tsbuild server. */
  | 'SERVER_UNREACHABLE'
  /** A response or an event of the server is not of the documented form. */
  | 'SERVER_BAD_RESPONSE'
  /** Steps have no network of the configured kind here. */
  | 'SERVER_NO_NETWORK'

/** Errors of the build server that operators and clients can encounter. */
export class ServerError extends Error {
  override readonly name = 'ServerError'
  readonly code: ServerErrorCode
  readonly hint: string | undefined
  constructor(code: ServerErrorCode, message: string, more: { hint?: string | undefined; cause?: unknown } = {}) {
    super(message, { cause: more.cause })
    this.code = code
    this.hint = more.hint
  }
}
