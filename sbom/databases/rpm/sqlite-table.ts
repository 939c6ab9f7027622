const LEAF = 13
const INTERIOR = 5
const MAX_PAYLOAD_BYTES = 64 << 20
const MAX_COLUMNS = 64

/** A database that is damaged and cannot be read. */
export class SqliteDamage extends Error {}

/**
 * Rows of one table of an SQLite file, each as the bytes of its blob columns. SPEC: sqlite.org/fileformat2. A package list
 * needs no more of SQLite than one walk over one table; a library for it would be as large as this program.
 */
export function* blobsOfTable(bytes: Buffer, table: string): Generator<Buffer> {
  if (!bytes.subarray(0, 16).equals(Buffer.from('SQLite format 3\0')))
    throw new SqliteDamage('it is not an SQLite file')
  const size = bytes.readUInt16BE(16)
  const pages: Pages = { bytes, size: size === 1 ? 65536 : size, usable: 0, left: bytes.length }
  if (pages.size < 512 || bytes.length < pages.size) throw new SqliteDamage('it has no complete page')
  const opened = { ...pages, usable: pages.size - (bytes[20] ?? 0) }
  for (const record of rows(opened, 1)) {
    const [, name, , root] = valuesOf(record)
    if (typeof root !== 'number' || !(name instanceof Buffer) || name.toString('utf8') !== table) continue
    for (const row of rows(opened, root)) for (const value of valuesOf(row)) if (value instanceof Buffer) yield value
    return
  }
  throw new SqliteDamage(`it has no table ${table}`)
}

interface Pages {
  readonly bytes: Buffer
  readonly size: number
  /** Usable bytes per page. */
  readonly usable: number
  /** SECURITY: many cells may refer to one row, and a page list to itself: limits the total size of rows. */
  left: number
}

/** Payloads of a table's tree, in order. */
function* rows(pages: Pages, root: number): Generator<Buffer> {
  const seen = new Set<number>()
  const waiting = [root]
  for (let number = waiting.pop(); number !== undefined; number = waiting.pop()) {
    if (seen.has(number)) throw new SqliteDamage('its pages form a cycle')
    seen.add(number)
    const page = pageAt(pages, number)
    const head = number === 1 ? 100 : 0
    const kind = page[head]
    const count = page.readUInt16BE(head + 3)
    const isLeaf = kind === LEAF
    if (!isLeaf && kind !== INTERIOR) throw new SqliteDamage('a page of its table is of another kind')
    const cells = head + (isLeaf ? 8 : 12)
    if (cells + 2 * count > page.length) throw new SqliteDamage('a page has more cells than fit into it')
    const places = Array.from({ length: count }, (_, at) => page.readUInt16BE(cells + 2 * at))
    if (isLeaf) for (const at of places) yield payloadAt(pages, page, at)
    else waiting.push(page.readUInt32BE(head + 8), ...places.reverse().map((at) => numberAt(page, at)))
  }
}

function pageAt({ bytes, size }: Pages, number: number): Buffer {
  const from = (number - 1) * size
  if (number < 1 || from + size > bytes.length) throw new SqliteDamage('it ends before one of its pages')
  return bytes.subarray(from, from + size)
}

function numberAt(page: Buffer, at: number): number {
  if (at + 4 > page.length) throw new SqliteDamage('a cell is outside of its page')
  return page.readUInt32BE(at)
}

/** What does not fit on the page is in a list of overflow pages. */
function payloadAt(pages: Pages, page: Buffer, at: number): Buffer {
  const [length, afterLength] = varint(page, at)
  const [, start] = varint(page, afterLength)
  if (length > MAX_PAYLOAD_BYTES) throw new SqliteDamage('a row is longer than 64 MiB')
  pages.left -= length
  if (pages.left < 0) throw new SqliteDamage('its rows are larger than the file')
  const { usable } = pages
  const largest = usable - 35
  const smallest = Math.floor(((usable - 12) * 32) / 255) - 23
  const rest = smallest + ((length - smallest) % (usable - 4))
  const local = length <= largest ? length : rest <= largest ? rest : smallest
  const parts = [page.subarray(start, start + local)]
  let missing = length - local
  let next = missing > 0 ? numberAt(page, start + local) : 0
  while (missing > 0) {
    const further = pageAt(pages, next)
    const part = further.subarray(4, 4 + Math.min(missing, usable - 4))
    parts.push(part)
    missing -= part.length
    next = further.readUInt32BE(0)
  }
  return Buffer.concat(parts)
}

/** SPEC: Record Format. Blobs and texts as bytes, numbers of up to six bytes as numbers. */
function valuesOf(record: Buffer): readonly (Buffer | number | undefined)[] {
  const values: (Buffer | number | undefined)[] = []
  const [headBytes, first] = varint(record, 0)
  let from = headBytes
  for (let at = first; at < headBytes; ) {
    if (values.length === MAX_COLUMNS) throw new SqliteDamage(`a row has more than ${MAX_COLUMNS} columns`)
    const [type, next] = varint(record, at)
    const size = type >= 12 ? Math.floor((type - 12) / 2) : ([0, 1, 2, 3, 4, 6, 8, 8][type] ?? 0)
    const value = record.subarray(from, from + size)
    if (value.length !== size) throw new SqliteDamage('a row is cut off')
    if (type >= 12) values.push(value)
    else values.push(size >= 1 && size <= 6 ? value.readIntBE(0, size) : undefined)
    from += size
    at = next
  }
  return values
}

/** Seven bits per byte, most significant first; values larger than any file are damage. */
function varint(bytes: Buffer, start: number): readonly [value: number, end: number] {
  let value = 0
  for (let at = start; at < start + 9 && at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0
    value = value * 128 + (byte & 0x7f)
    if (byte < 0x80) return [value, at + 1]
    if (value > Number.MAX_SAFE_INTEGER / 256) break
  }
  throw new SqliteDamage('a number in it is too long')
}
