const PAGE_BYTES = 4096

/**
 * An SQLite file with the table `Packages`, in which `cells` cells refer to one row with blobs of these sizes. The
 * overflow of its page is in a page that names itself as the next one.
 */
export function sqliteOf(blobs: readonly number[], { cells = 1 } = {}): Buffer {
  const schema = Buffer.from([6, 0, 28, 0, 1, 0, ...Buffer.from('Packages'), 2])
  const first = leafPage(100, 1, Buffer.from([schema.length, 1, ...schema]))
  first.write('SQLite format 3\0', 'latin1')
  first.writeUInt16BE(PAGE_BYTES, 16)
  const types = blobs.flatMap((size) => varint(12 + 2 * size))
  const head = [...varint(types.length + 2), ...types] // of two bytes
  const length = head.length + blobs.reduce((sum, size) => sum + size, 0)
  const isLong = length > PAGE_BYTES
  const local = isLong ? localBytes(length) : length
  const row = Buffer.alloc(local)
  Buffer.from(head).copy(row)
  const next = isLong ? [0, 0, 0, 3] : []
  const looping = Buffer.alloc(PAGE_BYTES)
  looping.writeUInt32BE(3)
  const second = leafPage(0, cells, Buffer.from([...varint(length), 1, ...row, ...next]))
  return Buffer.concat([first, second, looping])
}

function leafPage(head: number, count: number, cell: Buffer): Buffer {
  const page = Buffer.alloc(PAGE_BYTES)
  const at = PAGE_BYTES - cell.length
  page[head] = 13
  page.writeUInt16BE(count, head + 3)
  for (let index = 0; index < count; index += 1) page.writeUInt16BE(at, head + 8 + 2 * index)
  cell.copy(page, at)
  return page
}

/** SPEC: sqlite.org/fileformat2, section 1.6. */
function localBytes(length: number): number {
  const smallest = Math.floor(((PAGE_BYTES - 12) * 32) / 255) - 23
  const rest = smallest + ((length - smallest) % (PAGE_BYTES - 4))
  return rest <= PAGE_BYTES - 35 ? rest : smallest
}

/** At least two bytes, so that sizes are known in advance. */
function varint(value: number): readonly number[] {
  const digits = [value & 0x7f]
  for (let rest = value >>> 7; rest > 0 || digits.length < 2; rest >>>= 7) digits.unshift((rest & 0x7f) | 0x80)
  return digits
}

/** A database in which this many slots refer to one blob of 1000 bytes. */
export function ndbOf(slots: number): Buffer {
  const bytes = Buffer.alloc(2 * PAGE_BYTES)
  bytes.write('RpmP', 'latin1')
  bytes.writeUInt32LE(1, 12)
  for (let at = 32; at < 32 + 16 * slots; at += 16) {
    bytes.write('Slot', at, 'latin1')
    bytes.writeUInt32LE(1, at + 4)
    bytes.writeUInt32LE(PAGE_BYTES / 16, at + 8)
  }
  bytes.write('BlbS', PAGE_BYTES, 'latin1')
  bytes.writeUInt32LE(1, PAGE_BYTES + 4)
  bytes.writeUInt32LE(1000, PAGE_BYTES + 12)
  return bytes
}
