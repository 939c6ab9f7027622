import { type Descriptor, fullName, type ImageReference } from '../image-spec/index.ts'
import { RegistryError } from './errors.ts'

/** The object of a call, for its errors. */
export interface Subject {
  /** `pull`, `push`. */
  readonly action: string
  /** `docker.io/library/busybox:latest`, `docker.io/library/busybox@sha256:…`. */
  readonly object: string
  /** The part being pushed: `blob sha256:…`. */
  readonly part?: string
}

/** `Cannot push "localhost:5000/app:1": blob sha256:…: `. */
export function beginning({ action, object, part }: Subject): string {
  return `Cannot ${action} "${object}": ${part === undefined ? '' : `${part}: `}`
}

/** For a blob of an image. */
export function pushOf({
  reference,
  blob,
}: {
  readonly reference: ImageReference
  readonly blob: Descriptor
}): Subject {
  return { action: 'push', object: fullName(reference), part: `blob ${blob.digest}` }
}

/** Adds the image or blob to network and login errors, which otherwise name only the host. */
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

function withObject(failure: unknown, subject: Subject): unknown {
  if (!(failure instanceof RegistryError) || failure.message.includes(subject.object)) return failure
  const { code, status, hint, retryAfterMs, isFinal } = failure
  return new RegistryError(code, `${beginning(subject)}${failure.message}`, {
    cause: failure,
    hint,
    retryAfterMs,
    isFinal,
    ...(status !== undefined && { status }),
  })
}
