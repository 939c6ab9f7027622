const HEAD_BYTES = 32
const PAGE_BYTES = 4096
const SLOT_BYTES = 16
const BLOCK_BYTES = 16
const MAX_BLOB_BYTES = 64 << 20

/** Package headers of an rpm database in rpm's own format "ndb". SPEC: rpm, lib/backend/ndb/rpmpkg.c */
export function* blobsOfNdb(bytes: Buffer, note: (reason: string) => void): Generator<Buffer> {
  if (bytes.length < PAGE_BYTES || bytes.toString('latin1', 0, 4) !== 'RpmP') return note('it is not an ndb database')
  const slotBytes = bytes.readUInt32LE(12) * PAGE_BYTES
  if (slotBytes > bytes.length) note('it ends within its list of packages')
  const end = Math.min(slotBytes, bytes.length)
  let damaged = 0
  let left = bytes.length
  for (let at = HEAD_BYTES; at + SLOT_BYTES <= end; at += SLOT_BYTES) {
    const [number, block] = [bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at + 8)]
    if (block === 0) continue // a free slot
    const blob =
      bytes.toString('latin1', at, at + 4) === 'Slot' ? blobAt(bytes, number, block * BLOCK_BYTES) : undefined
    if (blob === undefined) {
      damaged += 1
      continue
    }
    left -= blob.length
    if (left < 0) return note('its packages are larger than the file') // SECURITY: many slots may refer to one blob
    yield blob
  }
  if (damaged > 0) note(`${damaged} of its packages are damaged`)
}

function blobAt(bytes: Buffer, number: number, at: number): Buffer | undefined {
  if (at + BLOCK_BYTES > bytes.length || bytes.toString('latin1', at, at + 4) !== 'BlbS') return undefined
  const length = bytes.readUInt32LE(at + 12)
  const start = at + BLOCK_BYTES
  if (bytes.readUInt32LE(at + 4) !== number || length > MAX_BLOB_BYTES || start + length > bytes.length)
    return undefined
  return bytes.subarray(start, start + length)
}
