/** SPEC: Berkeley DB, src/dbinc/db_page.h: pages of a hash database. Offsets in the head of each page. */
const Meta = { magic: 12, version: 16, pageBytes: 20, encryption: 24, lastPage: 32 } as const
const Page = { next: 16, entries: 20, dataBytes: 22, type: 25, items: 26 } as const
const HASH_MAGIC = 0x061561
const HASH_PAGES: readonly number[] = [2, 13]
const OVERFLOW_PAGE = 7
const Item = { onPage: 1, offPage: 3 } as const
const OFF_PAGE_BYTES = 12
const COUNTER_KEY = Buffer.from([Item.onPage, 0, 0, 0, 0])
const MAX_BLOB_BYTES = 64 << 20

/** Package headers in a database of rpm before 4.16: the values of a Berkeley DB hash. */
export function* blobsOfBerkeleyDb(bytes: Buffer, note: (reason: string) => void): Generator<Buffer> {
  const file = openFile(bytes)
  if (typeof file === 'string') return note(file)
  const { pageBytes, short, long } = file
  if (bytes.length < (long(Meta.lastPage) + 1) * pageBytes) note('it ends before its last page')
  let damaged = 0
  let left = bytes.length
  for (let page = pageBytes; page + pageBytes <= bytes.length; page += pageBytes) {
    if (!HASH_PAGES.includes(bytes[page + Page.type] ?? 0)) continue
    const entries = Math.min(short(page + Page.entries), (pageBytes - Page.items) >> 1)
    for (let entry = 1; entry < entries; entry += 2) {
      if (isCounter(file, page, entry - 1)) continue
      const value = valueAt(file, page, entry)
      // SECURITY: several entries may refer to one value; damaged values count as read, too.
      left -= value?.length ?? 0
      if (left < 0) return note('its packages are larger than the file')
      const blob = value && bytesOf(file, value)
      if (blob === undefined) damaged += 1
      else yield blob
    }
  }
  if (damaged > 0) note(`${damaged} of its packages are damaged`)
}

interface HashFile {
  readonly bytes: Buffer
  readonly pageBytes: number
  readonly short: (at: number) => number
  readonly long: (at: number) => number
}

/** Numbers have the byte order of the machine that wrote the file. */
function openFile(bytes: Buffer): HashFile | string {
  if (bytes.length < 512) return 'it is not a Berkeley DB'
  const isLittle = bytes.readUInt32LE(Meta.magic) === HASH_MAGIC
  if (!isLittle && bytes.readUInt32BE(Meta.magic) !== HASH_MAGIC) return 'it is not a hash database of Berkeley DB'
  const short = (at: number) => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at))
  const long = (at: number) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at))
  const pageBytes = long(Meta.pageBytes)
  if (bytes[Meta.encryption] !== 0) return 'it is encrypted'
  const isPower = pageBytes >= 512 && pageBytes <= 65_536 && (pageBytes & (pageBytes - 1)) === 0
  return isPower ? { bytes, pageBytes, short, long } : `it has pages of ${pageBytes} bytes`
}

/** The bytes of an item on a page; undefined if its offset is outside the page. Items fill a page from its end. */
function itemOf({ bytes, pageBytes, short }: HashFile, page: number, entry: number): Buffer | undefined {
  const place = page + Page.items + 2 * entry
  const start = short(place)
  const end = entry === 0 ? pageBytes : short(place - 2)
  if (start < Page.items || start >= end || end > pageBytes) return undefined
  return bytes.subarray(page + start, page + end)
}

/** rpm stores the number of its newest package under key 0. */
function isCounter(file: HashFile, page: number, entry: number): boolean {
  const key = itemOf(file, page, entry)
  return key?.length === COUNTER_KEY.length && key.equals(COUNTER_KEY)
}

interface Value {
  readonly length: number
  /** Number of the first overflow page, or the bytes themselves. */
  readonly source: number | Buffer
}

function valueAt(file: HashFile, page: number, entry: number): Value | undefined {
  const item = itemOf(file, page, entry)
  if (item?.[0] === Item.onPage) return { length: item.length - 1, source: item.subarray(1) }
  if (item?.[0] !== Item.offPage || item.length !== OFF_PAGE_BYTES) return undefined
  const at = item.byteOffset - file.bytes.byteOffset
  return { length: file.long(at + 8), source: file.long(at + 4) }
}

/** Assembles a value on overflow pages, each of which refers to the next. */
function bytesOf({ bytes, pageBytes, short, long }: HashFile, { length, source }: Value): Buffer | undefined {
  if (typeof source !== 'number') return source
  if (length > MAX_BLOB_BYTES) return undefined
  const parts: Buffer[] = []
  let missing = length
  for (let number = source; missing > 0; ) {
    const page = number * pageBytes
    if (number === 0 || page + pageBytes > bytes.length || bytes[page + Page.type] !== OVERFLOW_PAGE) return undefined
    const size = short(page + Page.dataBytes)
    // SECURITY: each page adds bytes, so that a cycle of pages terminates.
    if (size === 0 || size > missing || Page.items + size > pageBytes) return undefined
    parts.push(bytes.subarray(page + Page.items, page + Page.items + size))
    missing -= size
    number = long(page + Page.next)
  }
  return Buffer.concat(parts)
}
