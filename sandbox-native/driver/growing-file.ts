import { PassThrough, type Readable } from 'node:stream'

/** Each wakes the binary, which costs both some of their time. */
const ANNOUNCE_EVERY_BYTES = 4 << 20
/** On a slow network it follows more closely. */
const ANNOUNCE_LATEST_MS = 50

/** Announces the size of a growing file to the binary on its standard input. */
export interface Announcements {
  readonly source: Readable
  /** So many bytes of the file are there now. */
  grow(sizeBytes: number): void
  /** There will be no more. */
  end(): void
}

export function announcing(startBytes: number): Announcements {
  const source = new PassThrough()
  let announced = startBytes
  let here = announced
  let announcedAtMs = 0
  const announce = () => {
    if (here <= announced) return
    const size = Buffer.alloc(8)
    size.writeBigUInt64LE(BigInt(here))
    source.write(size)
    announced = here
    announcedAtMs = performance.now()
  }
  return {
    source,
    grow: (sizeBytes) => {
      here = sizeBytes
      const isLate = performance.now() - announcedAtMs >= ANNOUNCE_LATEST_MS
      if (here - announced >= ANNOUNCE_EVERY_BYTES || isLate) announce()
    },
    end: () => {
      announce()
      source.end()
    },
  }
}
