/** A 64-bit ELF file with these sections, as a linker would write it. */
export function elfFile(sections: Readonly<Record<string, Buffer>>): Buffer {
  const names = ['', '.shstrtab', ...Object.keys(sections)]
  const table = Buffer.from(names.map((name) => `${name}\0`).join(''), 'latin1')
  const parts = [table, ...Object.values(sections)]
  const headers = [Buffer.alloc(64)]
  let offset = 64
  for (const [at, part] of parts.entries()) {
    const header = Buffer.alloc(64)
    header.writeUInt32LE(table.indexOf(`${names[at + 1]}\0`), 0)
    header.writeBigUInt64LE(BigInt(offset), 24)
    header.writeBigUInt64LE(BigInt(part.length), 32)
    headers.push(header)
    offset += part.length
  }
  const head = Buffer.alloc(64)
  head.write('\x7fELF\x02\x01\x01', 'latin1')
  head.writeBigUInt64LE(BigInt(offset), 40)
  head.writeUInt16LE(64, 58)
  head.writeUInt16LE(headers.length, 60)
  head.writeUInt16LE(1, 62)
  return Buffer.concat([head, ...parts, ...headers])
}
