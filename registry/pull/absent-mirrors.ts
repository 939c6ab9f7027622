import type { ImageReference } from '../../image-spec/index.ts'
import type { RegistryError } from '../errors.ts'
import { hasTimedOut, wasNeverThere } from '../transport/network-failure.ts'

/** Each request to such a mirror would wait for the same timeout again. */
export interface AbsentMirrors {
  /** Without the mirrors that could not be reached within the last minute; the registry itself, the last one, stays. */
  present(sources: readonly ImageReference[]): readonly ImageReference[]
  note(mirror: ImageReference, failure: RegistryError): void
}

const ABSENT_MS = 60_000

export function createAbsentMirrors(): AbsentMirrors {
  const absentUntil = new Map<string, number>()
  return {
    present: (sources) =>
      sources.filter(
        ({ host }, position) =>
          position === sources.length - 1 || performance.now() >= (absentUntil.get(host) ?? Number.NEGATIVE_INFINITY),
      ),
    note: ({ host }, failure) => {
      if (wasNeverThere(failure) || hasTimedOut(failure)) absentUntil.set(host, performance.now() + ABSENT_MS)
    },
  }
}
