/** Memory limit for the bodies of all requests in progress; many times what forges send at the same time. */
const MAX_BYTES = 64 << 20

interface Reading {
  bytes: number
  readonly giveUp: () => void
}

/** Reads in progress, oldest first. */
const readings = new Set<Reading>()
let totalBytes = 0

/**
 * Counts the bytes of a body that is being read. Calls `giveUp` if all bodies together exceed the limit and this read
 * started first: a client that sends many large bodies slowly cannot exhaust the memory.
 */
export function countBody(giveUp: () => void): { add(bytes: number): void; leave(): void } {
  const reading: Reading = { bytes: 0, giveUp }
  readings.add(reading)
  return {
    add: (bytes) => {
      reading.bytes += bytes
      totalBytes += bytes
      for (const oldest of readings) {
        if (totalBytes <= MAX_BYTES) return
        leave(oldest)
        oldest.giveUp()
      }
    },
    leave: () => leave(reading),
  }
}

function leave(reading: Reading): void {
  if (readings.delete(reading)) totalBytes -= reading.bytes
}
