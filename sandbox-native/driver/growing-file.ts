import { PassThrough, type Readable } from 'node:stream'

const ANNOUNCE_EVERY_BYTES = 1 << 20

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
  const announce = () => {
    if (here <= announced) return
    const size = Buffer.alloc(8)
    size.writeBigUInt64LE(BigInt(here))
    source.write(size)
    announced = here
  }
  return {
    source,
    grow: (sizeBytes) => {
      here = sizeBytes
      if (here - announced >= ANNOUNCE_EVERY_BYTES) announce()
    },
    end: () => {
      announce()
      source.end()
    },
  }
}
