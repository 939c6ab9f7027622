/** Memory for the bodies of all requests that are being read; many times what forges send at once. */
const MAX_BYTES = 64 << 20

interface Reading {
  bytes: number
  readonly giveUp: () => void
}

/** Readings under way, oldest first. */
const readings = new Set<Reading>()
let totalBytes = 0

/**
 * Counts the bytes of a body that is being read. `giveUp` is called when all bodies together take too much and this one
 * has been read for the longest time: a client that sends many large bodies slowly does not exhaust the memory.
 */
export function enterBodyRoom(giveUp: () => void): { add(bytes: number): void; leave(): void } {
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
