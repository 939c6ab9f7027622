import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

/**
 * A file that the store itself writes; empty if something else is in its place. SECURITY: to wait for the writer of a pipe
 * would hold the whole program, deaf to signals (test/attack/stores/damaged-records.test.ts).
 */
export function readOwnText(path: string, encoding: 'utf8' | 'latin1' = 'utf8'): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    return fstatSync(file).isFile() ? readFileSync(file, encoding) : ''
  } finally {
    closeSync(file)
  }
}
