import { CodedError } from '../errors/index.ts'

export type ServerErrorCode =
  /** The configuration file, its overrides or a project's settings are wrong. */
  | 'SERVER_BAD_CONFIG'
  /** Another server uses the data directory. */
  | 'SERVER_IN_USE'
  /** PostgreSQL cannot be found or started. */
  | 'SERVER_POSTGRES_FAILED'
  /** The database does not answer, or was written by a newer version. */
  | 'SERVER_DATABASE'
  /** Secrets cannot be decrypted with this key. */
  | 'SERVER_KEY'
  /** No token, or an unknown or expired one. */
  | 'SERVER_UNAUTHORIZED'
  /** The token's scope does not allow it. */
  | 'SERVER_FORBIDDEN'
  | 'SERVER_NOT_FOUND'
  | 'SERVER_BAD_REQUEST'
  /** The object exists already, or its state does not allow the change. */
  | 'SERVER_CONFLICT'
  | 'SERVER_TOO_LARGE'
  /** The requests in progress use too much memory. */
  | 'SERVER_BUSY'
  /** A webhook that is not signed as configured. */
  | 'SERVER_BAD_SIGNATURE'
  /** A webhook that was already delivered, or whose timestamp is outside the tolerance. */
  | 'SERVER_REPLAYED'
  /** The repository cannot be checked out. */
  | 'SERVER_CHECKOUT_FAILED'
  /** The build's process or worker was lost more often than the number of retries. */
  | 'SERVER_BUILD_LOST'
  | 'SERVER_BUILD_TIMEOUT'
  /** A disk has less free space than builds need. */
  | 'SERVER_DISK_FULL'
  | 'SERVER_DISK_QUOTA'
  /** There is no response, or one that is not from a tsbuild server. */
  | 'SERVER_UNREACHABLE'
  /** A response or an event of the server does not have the documented form. */
  | 'SERVER_BAD_RESPONSE'
  /** The configured network for steps is not available. */
  | 'SERVER_NO_NETWORK'

/** Errors of the build server that operators and clients can encounter. */
export class ServerError extends CodedError<ServerErrorCode> {
  override readonly name = 'ServerError'
}
