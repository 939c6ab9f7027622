/** Returns the first bytes of a stream, and a stream that still includes them. */
export async function peek(
  stream: AsyncIterable<Uint8Array | string>,
  length: number,
): Promise<{ head: Buffer; whole: AsyncIterable<Uint8Array> }> {
  const iterator = stream[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  while (head.length < length) {
    const next = await iterator.next()
    if (next.done === true) break
    head = Buffer.concat([head, Buffer.from(next.value)])
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield head
    for (;;) {
      const next = await iterator.next()
      if (next.done === true) return
      yield Buffer.from(next.value)
    }
  }
  return { head, whole: whole() }
}

const MAGICS: readonly (readonly number[])[] = [
  [0x1f, 0x8b],
  [0x42, 0x5a, 0x68],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
  [0x28, 0xb5, 0x2f, 0xfd],
]

/** gzip, bzip2, xz, zstd, or a tar with a valid first header checksum. */
export function looksLikeArchive(head: Buffer): boolean {
  return MAGICS.some((magic) => magic.every((byte, index) => head[index] === byte)) || isTarHeader(head)
}

/** SPEC: POSIX ustar: the sum of the header's bytes, with the checksum field counted as blanks. */
function isTarHeader(head: Buffer): boolean {
  if (head.length < 512) return false
  const stored = Number.parseInt(head.toString('latin1', 148, 156), 8)
  let sum = 8 * 0x20
  for (let index = 0; index < 512; index += 1) if (index < 148 || index >= 156) sum += head[index] ?? 0
  return sum === stored && head[0] !== 0
}
