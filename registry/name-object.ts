import { RegistryError } from './errors.ts'

/** What a call is about, for its errors. */
export interface Subject {
  /** `pull`, `push`. */
  readonly action: string
  /** `docker.io/library/busybox:latest`, `docker.io/library/busybox@sha256:…`. */
  readonly object: string
}

/** Failures of the network and of logins know the host alone: people need to see which image or blob it concerned. */
export async function naming<T>(subject: Subject, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (failure) {
    throw withObject(failure, subject)
  }
}

export async function* namingBytes(
  subject: Subject,
  open: () => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* open()
  } catch (failure) {
    throw withObject(failure, subject)
  }
}

function withObject(failure: unknown, { action, object }: Subject): unknown {
  if (!(failure instanceof RegistryError) || failure.message.includes(object)) return failure
  const { code, status, hint, retryAfterMs } = failure
  return new RegistryError(code, `Cannot ${action} "${object}": ${failure.message}`, {
    cause: failure,
    hint,
    retryAfterMs,
    ...(status !== undefined && { status }),
  })
}
