import { resolve } from 'node:path'
import type { Io } from '../command.ts'
import { CliError } from '../errors.ts'
import { readInputFile } from '../read-input-file.ts'

const LARGEST_BYTES = 1 << 20

/** SPEC: docker/cli parseSecurityOpts: `seccomp=FILE` becomes the document itself, without blanks. */
export function withProfile(option: string, io: Io): string {
  const [, file] = /^seccomp[:=](.*)$/.exec(option) ?? []
  if (file === undefined || file === 'unconfined' || file === 'builtin') return option
  const text = readProfile(file, io)
  if (text.length > LARGEST_BYTES) throw unreadable(file, 'it is larger than 1 MiB')
  if (!isJson(text)) throw unreadable(file, 'it is no JSON document')
  // Numbers of 64 bits would not come through JSON.parse and back.
  return `seccomp=${text.replace(/("(?:\\.|[^"\\])*")|\s+/g, '$1')}`
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function readProfile(file: string, io: Io): string {
  try {
    return readInputFile(resolve(io.cwd, file)).toString('utf8')
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error.message : String(error), error)
  }
}

function unreadable(file: string, found: string, cause?: unknown): CliError {
  return new CliError('CLI_INPUT_MISSING', `Cannot read seccomp profile "${file}": ${found}`, { cause })
}
