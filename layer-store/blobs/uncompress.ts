import { PassThrough, Readable } from 'node:stream'
import type { StoreTreeWork } from '../tree-work.ts'

/** The uncompressed bytes of an archive, from another process, which ends when its reader does. */
export async function* uncompress(
  archive: AsyncIterable<Uint8Array>,
  trees: Pick<StoreTreeWork, 'uncompress'>,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const end = new AbortController()
  const input = remembering(archive)
  const sink = new PassThrough()
  const work = trees.uncompress({
    source: Readable.from(input.bytes(), { objectMode: false }),
    sink,
    signal: signal === undefined ? end.signal : AbortSignal.any([signal, end.signal]),
  })
  work.then(
    () => sink.end(),
    (failure) => sink.destroy(failure),
  )
  try {
    yield* sink
    input.rethrow()
  } catch (failure) {
    input.rethrow()
    throw failure
  } finally {
    end.abort()
    await work.catch(() => {}) // the sink has reported it
  }
}

/** Keeps the failure of the archive: to the other process, it is merely shorter. */
function remembering(archive: AsyncIterable<Uint8Array>) {
  let failure: { readonly cause: unknown } | undefined
  return {
    bytes: async function* () {
      try {
        yield* archive
      } catch (cause) {
        failure = { cause }
        throw cause
      }
    },
    rethrow: () => {
      if (failure !== undefined) throw failure.cause
    },
  }
}
