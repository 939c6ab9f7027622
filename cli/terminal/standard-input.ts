import { fstatSync, readvSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { CliError } from '../errors.ts'

let unreadable: Readable | undefined

/** Node reads a directory as an empty stream; if standard input cannot be read, it fails without naming it. */
export function standardInput(): Readable & { readonly isTTY?: boolean } {
  const problem = problemOfInput()
  if (problem === undefined) return process.stdin
  unreadable ??= new (process.getBuiltinModule('node:stream').Readable)({
    read() {
      this.destroy(problem)
    },
  })
  return unreadable
}

/** Throws if it cannot be read. */
export function requireInput(): void {
  const problem = problemOfInput()
  if (problem !== undefined) throw problem
}

/** None if it is closed. */
function problemOfInput(): CliError | undefined {
  const found = whatItIs()
  if (found === undefined) return undefined
  const message = `Cannot read standard input: it is ${found} (expected a file or a pipe)`
  return new CliError('CLI_INPUT_MISSING', message)
}

function whatItIs(): string | undefined {
  try {
    if (fstatSync(0).isDirectory()) return 'a directory'
    readvSync(0, [new Uint8Array(0)])
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EBADF') return 'open for writing only'
  }
  return undefined
}
