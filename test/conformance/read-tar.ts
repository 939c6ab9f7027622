/** An entry of a tar archive, with extended headers applied. */
export interface TarEntry {
  readonly path: string
  /** Type flag of tar. */
  readonly type: string
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Whole seconds since the epoch. */
  readonly mtime: number
  readonly link: string
  readonly device: readonly [number, number]
  /** Byte values in hexadecimal. */
  readonly xattrs: Readonly<Record<string, string>>
  readonly content: Buffer
}

const BLOCK = 512
const XATTR = 'SCHILY.xattr.'

/**
 * Reads an archive in PAX or GNU format. A separate implementation, so that a bug of the product cannot hide itself.
 */
export function readTar(archive: Buffer): readonly TarEntry[] {
  const entries: TarEntry[] = []
  let extended = new Map<string, Buffer>()
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const header = archive.subarray(at, at + BLOCK)
    if (header.every((byte) => byte === 0)) break
    const size = Number(extended.get('size')?.toString() ?? number(header, 124, 12))
    const content = archive.subarray(at + BLOCK, at + BLOCK + size)
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
    const type = String.fromCharCode(header[156] || 0x30)
    if (type === 'x') extended = new Map([...extended, ...records(content)])
    else if (type === 'L') extended.set('path', untilNul(content))
    else if (type === 'K') extended.set('linkpath', untilNul(content))
    else if (type !== 'g') {
      entries.push(entryOf(header, type, content, extended))
      extended = new Map()
    }
  }
  return entries
}

function entryOf(header: Buffer, type: string, content: Buffer, extended: ReadonlyMap<string, Buffer>): TarEntry {
  const text = (key: string, fallback: () => string) => extended.get(key)?.toString() ?? fallback()
  const xattrs = [...extended].flatMap(([key, value]) =>
    key.startsWith(XATTR) ? [[key.slice(XATTR.length), value.toString('hex')]] : [],
  )
  return {
    path: text('path', () => ustarPath(header)),
    type,
    mode: number(header, 100, 8) & 0o7777,
    uid: Number(text('uid', () => String(number(header, 108, 8)))),
    gid: Number(text('gid', () => String(number(header, 116, 8)))),
    mtime: Math.floor(Number(text('mtime', () => String(number(header, 136, 12))))),
    link: text('linkpath', () => field(header, 157, 100)),
    device: [number(header, 329, 8), number(header, 337, 8)],
    xattrs: Object.fromEntries(xattrs),
    content,
  }
}

function ustarPath(header: Buffer): string {
  const isPosix = header.subarray(257, 263).toString('latin1') === 'ustar\0'
  const prefix = isPosix ? field(header, 345, 155) : ''
  const name = field(header, 0, 100)
  return prefix === '' ? name : `${prefix}/${name}`
}

/** `<length> <key>=<value>\n`, with any bytes in the value. */
function records(content: Buffer): [string, Buffer][] {
  const found: [string, Buffer][] = []
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at)
    const length = Number(content.subarray(at, space).toString())
    const record = content.subarray(space + 1, at + length - 1)
    const equals = record.indexOf(0x3d)
    found.push([record.subarray(0, equals).toString(), record.subarray(equals + 1)])
    at += length
  }
  return found
}

/** Octal, or big-endian if the first bit is set. */
function number(header: Buffer, at: number, width: number): number {
  const bytes = header.subarray(at, at + width)
  if (((bytes[0] ?? 0) & 0x80) !== 0) return bytes.subarray(1).reduce((total, byte) => total * 256 + byte, 0)
  const text = untilNul(bytes).toString('latin1').trim()
  return text === '' ? 0 : Number.parseInt(text, 8)
}

function field(header: Buffer, at: number, width: number): string {
  return untilNul(header.subarray(at, at + width)).toString()
}

function untilNul(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0)
  return end === -1 ? bytes : bytes.subarray(0, end)
}
