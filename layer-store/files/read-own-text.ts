import { closeSync, constants, openSync, readFileSync } from 'node:fs'

/**
 * A file that the store itself writes. SECURITY: a pipe in its place is empty: to wait for a writer would hold the whole
 * program, deaf to signals (test/attack/stores/damaged-records.test.ts).
 */
export function readOwnText(path: string, encoding: 'utf8' | 'latin1' = 'utf8'): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    return readFileSync(file, encoding)
  } finally {
    closeSync(file)
  }
}
