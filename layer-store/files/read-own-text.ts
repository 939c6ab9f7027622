import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

/**
 * Reads a file written by the store itself; empty if something else is in its place. SECURITY: waiting for the writer
 * of a pipe would block the whole program, even its signal handlers (test/attack/stores/damaged-records.test.ts).
 */
export function readOwnText(path: string, encoding: 'utf8' | 'latin1' = 'utf8'): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    return fstatSync(file).isFile() ? readFileSync(file, encoding) : ''
  } finally {
    closeSync(file)
  }
}
