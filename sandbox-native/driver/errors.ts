import { CodedError } from '../../errors/index.ts'
import type { Status } from './protocol.ts'

/** Codes begin with `SANDBOX_`; those of the binary are passed on as they are (PROTOCOL.md lists them). */
export class SandboxError extends CodedError {
  override readonly name = 'SandboxError'
}

export function aborted(signal: AbortSignal | undefined): SandboxError {
  return new SandboxError('SANDBOX_ABORTED', 'Cannot finish the request: it was cancelled', { cause: signal?.reason })
}

/** `ENOSPC` and `EDQUOT`, as the kernel numbers them. */
const DISK_IS_FULL = ['28', '122']

/** The error for a failed operation. A full disk has its own code, whatever the operation. */
export function failureOf(status: Extract<Status, { kind: 'failed' }>): SandboxError {
  const { code, message, hint, errno } = status
  if (errno === undefined || !DISK_IS_FULL.includes(errno)) return new SandboxError(code, message, { hint })
  return new SandboxError('SANDBOX_FULL', message, {
    hint: 'Free space, for example with tsbuild prune',
  })
}

export function cannotStart(path: string, cause: Error): SandboxError {
  return new SandboxError('SANDBOX_START', `Cannot start the binary "${path}": ${cause.message}`, {
    hint: isShort(cause)
      ? SHORT
      : 'Check that it exists, is executable and is built for this machine, or set TSBUILD_SANDBOX to another binary',
    cause,
  })
}

/** `stderr` is empty unless the binary panicked. */
export function crashed(how: string, stderr: string): SandboxError {
  if (stderr.includes(NO_THREAD)) {
    return new SandboxError('SANDBOX_CRASHED', 'Cannot finish the request: the kernel refused another thread', {
      hint: `${SHORT} (in a container, its limit of processes counts, too)`,
    })
  }
  const detail = stderr === '' ? '' : `, saying: ${stderr}`
  return new SandboxError('SANDBOX_CRASHED', `Cannot finish the request: the binary ended early with ${how}${detail}`, {
    hint: 'Check dmesg: the kernel sends SIGKILL when memory runs out',
  })
}

/** EAGAIN in the words of Rust's panic messages. */
const NO_THREAD = 'Resource temporarily unavailable'
const SHORT = 'Check the limits of this user with ulimit -a: processes, open files or memory are used up'

function isShort(cause: Error): boolean {
  return 'code' in cause && ['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM'].includes(String(cause.code))
}
