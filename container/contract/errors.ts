export type ContainerErrorCode =
  | 'CONTAINER_MISSING'
  | 'CONTAINER_AMBIGUOUS'
  | 'CONTAINER_NAME_TAKEN'
  /** An impossible setting. */
  | 'CONTAINER_BAD_OPTION'
  /** A setting that can't be read: docker's client refuses it, and its engine the former. */
  | 'CONTAINER_BAD_SYNTAX'
  | 'CONTAINER_IMAGE_MISSING'
  | 'CONTAINER_NO_COMMAND'
  | 'CONTAINER_START_FAILED'
  | 'CONTAINER_RUNNING'
  | 'CONTAINER_NOT_RUNNING'
  | 'CONTAINER_BAD_STATE'
  | 'CONTAINER_NO_LOG'
  | 'CONTAINER_DAMAGED'
  | 'VOLUME_MISSING'
  | 'VOLUME_IN_USE'

/** Failures of operations on containers. */
export class ContainerError extends Error {
  override readonly name = 'ContainerError'
  readonly code: ContainerErrorCode
  readonly hint: string | undefined
  /** What `run` and `start` end with: 125, or 126 and 127 for a command that can't be started. */
  readonly exitCode: number
  constructor(
    code: ContainerErrorCode,
    message: string,
    more: { hint?: string; cause?: unknown; exitCode?: number } = {},
  ) {
    super(message, { cause: more.cause })
    this.code = code
    this.hint = more.hint
    this.exitCode = more.exitCode ?? 125
  }
}

export function badOption(message: string, more: { hint?: string } = {}): ContainerError {
  return new ContainerError('CONTAINER_BAD_OPTION', message, more)
}

/** The files of a container or volume in the store cannot be read. */
export function isDamage(error: unknown): error is ContainerError {
  return error instanceof ContainerError && error.code === 'CONTAINER_DAMAGED'
}
