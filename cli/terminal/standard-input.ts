import { fstatSync } from 'node:fs'
import { Readable } from 'node:stream'
import { CliError } from '../errors.ts'

let directory: Readable | undefined

/** Node reads a directory as an empty stream: an archive or a Dockerfile without anything. */
export function standardInput(): Readable & { readonly isTTY?: boolean } {
  if (!isDirectory()) return process.stdin
  directory ??= new Readable({
    read() {
      const message = 'Cannot read standard input: it is a directory (expected a file or a pipe)'
      this.destroy(new CliError('CLI_INPUT_MISSING', message))
    },
  })
  return directory
}

/** No stream if it is closed. */
function isDirectory(): boolean {
  try {
    return fstatSync(0).isDirectory()
  } catch {
    return false
  }
}
