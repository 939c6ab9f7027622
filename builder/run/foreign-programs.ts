/** The smallest program of each architecture: exits with code 0. If it runs, others of its architecture do. */
const PROGRAMS: Readonly<Record<string, Program>> = {
  '386': { machine: 3, bits: 32, code: 'b801000000 31db cd80' },
  amd64: { machine: 62, bits: 64, code: 'b83c000000 31ff 0f05' },
  arm: { machine: 40, bits: 32, flags: 0x05000000, code: '0170a0e3 0000a0e3 000000ef' },
  arm64: { machine: 183, bits: 64, code: 'a80b80d2 000080d2 010000d4' },
  loong64: { machine: 258, bits: 64, flags: 0x43, code: '0b748103 04008003 00002b00' },
  ppc64le: { machine: 21, bits: 64, flags: 2, code: '01000038 00006038 02000044' },
  riscv64: { machine: 243, bits: 64, code: '9308d005 13050000 73000000' },
  s390x: { machine: 22, bits: 64, isBigEndian: true, code: 'a7290000 0a01' },
}

interface Program {
  /** SPEC: ELF e_machine. */
  readonly machine: number
  readonly bits: 32 | 64
  readonly isBigEndian?: true
  /** SPEC: ELF e_flags. */
  readonly flags?: number
  /** Machine code of exit(0). */
  readonly code: string
}

const ADDRESS = 0x400000
const ALIGNMENT = 0x10000
const EXECUTABLE = 2
const LOAD = 1
const READ_AND_EXECUTE = 5

/** An ELF executable for Linux; undefined for unknown architectures. SPEC: System V ABI, ELF header. */
export function smallestProgram(architecture: string): Buffer | undefined {
  const program = Object.hasOwn(PROGRAMS, architecture) ? PROGRAMS[architecture] : undefined
  if (program === undefined) return undefined
  const { bits, machine, flags = 0, isBigEndian = false } = program
  const code = Buffer.from(program.code.replaceAll(' ', ''), 'hex')
  const [headerBytes, segmentBytes, sectionBytes] = bits === 64 ? [64, 56, 64] : [52, 32, 40]
  const start = headerBytes + segmentBytes
  const total = start + code.length
  const word = bits / 8
  const number = (value: number, bytes: number): Buffer => {
    const field = Buffer.alloc(bytes)
    if (isBigEndian) field.writeUIntBE(value, Math.max(0, bytes - 6), Math.min(bytes, 6))
    else field.writeUIntLE(value, 0, Math.min(bytes, 6))
    return field
  }
  const identity = Buffer.alloc(16)
  identity.set([0x7f, 0x45, 0x4c, 0x46, word / 4, isBigEndian ? 2 : 1, 1])
  const header = [
    identity,
    number(EXECUTABLE, 2),
    number(machine, 2),
    number(1, 4), // version
    number(ADDRESS + start, word),
    number(headerBytes, word), // of the program header
    number(0, word),
    number(flags, 4),
    ...[headerBytes, segmentBytes, 1, sectionBytes, 0, 0].map((value) => number(value, 2)),
  ]
  const layout = [
    number(0, word),
    number(ADDRESS, word),
    number(ADDRESS, word),
    number(total, word),
    number(total, word),
  ]
  const rights = number(READ_AND_EXECUTE, 4)
  const segment =
    bits === 64
      ? [number(LOAD, 4), rights, ...layout, number(ALIGNMENT, word)]
      : [number(LOAD, 4), ...layout, rights, number(ALIGNMENT, word)]
  return Buffer.concat([...header, ...segment, code])
}
