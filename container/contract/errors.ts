import { CodedError, type ErrorDetails } from '../../errors/index.ts'

export type ContainerErrorCode =
  | 'CONTAINER_MISSING'
  | 'CONTAINER_AMBIGUOUS'
  | 'CONTAINER_NAME_TAKEN'
  /** An invalid value. */
  | 'CONTAINER_BAD_OPTION'
  /** A value that cannot be parsed: docker's client refuses it, whereas its engine refuses CONTAINER_BAD_OPTION. */
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

/** Errors of container operations. */
export class ContainerError extends CodedError<ContainerErrorCode> {
  override readonly name = 'ContainerError'
  /** Exit code of `run` and `start`: 125, or 126 and 127 for a command that cannot be started. */
  readonly exitCode: number
  constructor(code: ContainerErrorCode, message: string, more: ErrorDetails & { exitCode?: number } = {}) {
    super(code, message, more)
    this.exitCode = more.exitCode ?? 125
  }
}

export function badOption(message: string, more: { hint?: string } = {}): ContainerError {
  return new ContainerError('CONTAINER_BAD_OPTION', message, more)
}

/** Whether the stored files of a container or volume cannot be read. */
export function isDamage(error: unknown): error is ContainerError {
  return error instanceof ContainerError && error.code === 'CONTAINER_DAMAGED'
}
