import { closeSync, openSync, readSync } from 'node:fs'

const LARGEST_BYTES = 4 << 20

/**
 * A small file that the command line names, or a pipe. SECURITY: what lies in a stranger's directory may be a link to a
 * device that never ends, and reading all of it takes the machine's memory (test/attack/endless-input-files.test.ts).
 */
export function readInputFile(path: string): Buffer {
  const descriptor = openSync(path, 'r')
  try {
    const buffer = Buffer.alloc(LARGEST_BYTES + 1)
    let length = 0
    for (;;) {
      const read = readSync(descriptor, buffer, length, buffer.length - length, null)
      length += read
      if (length > LARGEST_BYTES) throw new Error('it is larger than 4 MiB')
      if (read === 0) return Buffer.from(buffer.subarray(0, length))
    }
  } finally {
    closeSync(descriptor)
  }
}
