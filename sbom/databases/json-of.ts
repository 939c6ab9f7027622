const MAX_BYTES = 16 << 20

/** Undefined if it is not JSON, which is noted. */
export function jsonOf(bytes: Buffer, note: (reason: string) => void): unknown {
  if (bytes.length > MAX_BYTES) {
    note(`it has ${bytes.length} bytes (at most ${MAX_BYTES} are read)`)
    return undefined
  }
  try {
    return JSON.parse(bytes.toString('utf8').replace(/^\ufeff/, ''))
  } catch {
    note('it is not JSON')
    return undefined
  }
}
