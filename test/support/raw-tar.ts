export interface RawEntry {
  readonly name: string | Buffer
  /** Type flag of tar; default: a file. */
  readonly type?: '0' | '1' | '2' | '3' | '4' | '5' | '6' | 'L' | 'K' | 'x' | 'g'
  readonly link?: string
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
  readonly mtime?: number
  readonly data?: string | Buffer
  /** Claimed length, if it differs from that of the data. */
  readonly size?: number
  readonly device?: readonly [number, number]
  /** Records of a preceding extended header. */
  readonly pax?: Readonly<Record<string, string>>
}

/** Builds an archive exactly as specified, however hostile, without any checks. */
export function rawTar(entries: readonly RawEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(blocksOf), Buffer.alloc(1024)])
}

function blocksOf(entry: RawEntry): Buffer[] {
  const extended = entry.pax === undefined ? [] : blocksOf({ name: 'pax', type: 'x', data: records(entry.pax) })
  const data = Buffer.from(entry.data ?? '')
  return [...extended, header(entry, data.length), data, Buffer.alloc((512 - (data.length % 512)) % 512)]
}

function records(pax: Readonly<Record<string, string>>): string {
  return Object.entries(pax)
    .map(([key, value]) => {
      const body = Buffer.byteLength(` ${key}=${value}\n`)
      const length = body + String(body + String(body).length).length
      return `${length} ${key}=${value}\n`
    })
    .join('')
}

function header(entry: RawEntry, dataLength: number): Buffer {
  const block = Buffer.alloc(512)
  Buffer.from(entry.name).copy(block, 0, 0, 100)
  const octal = (value: number, at: number, width: number) =>
    block.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1')
  octal(entry.mode ?? 0o644, 100, 8)
  octal(entry.uid ?? 0, 108, 8)
  octal(entry.gid ?? 0, 116, 8)
  octal(entry.size ?? dataLength, 124, 12)
  octal(entry.mtime ?? 1_000_000_000, 136, 12)
  block.write(entry.type ?? '0', 156, 'latin1')
  block.write(entry.link ?? '', 157, 100, 'utf8')
  block.write('ustar\x0000', 257, 'latin1')
  octal(entry.device?.[0] ?? 0, 329, 8)
  octal(entry.device?.[1] ?? 0, 337, 8)
  block.fill(' ', 148, 156)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}
