import { PassThrough, type Readable } from 'node:stream'

/** Each announcement wakes the binary, which costs time on both sides. */
const ANNOUNCE_EVERY_BYTES = 4 << 20
/** On a slow network, announces more often. */
const ANNOUNCE_LATEST_MS = 50

/** Announces the size of a growing file to the binary on its standard input. */
export interface Announcements {
  readonly source: Readable
  /** Reports the current size of the file. */
  grow(sizeBytes: number): void
  /** No more bytes follow. */
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
