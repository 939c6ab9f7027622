import { resolve } from 'node:path'
import { parseForeignJson } from '../../image-spec/index.ts'
import { readNamedFile } from '../../layer-store/index.ts'
import type { Call } from '../command.ts'
import { CliError } from '../errors.ts'
import { INPUT_FILE_BYTES } from '../input-file-size.ts'

type Reader = Pick<Call, 'io' | 'interrupt'>

const LARGEST_BYTES = 1 << 20

/** SPEC: docker/cli parseSecurityOpts: `seccomp=FILE` becomes the document itself, without blanks. */
export async function withProfile(option: string, call: Reader): Promise<string> {
  const [, file] = /^seccomp[:=](.*)$/.exec(option) ?? []
  if (file === undefined || file === 'unconfined' || file === 'builtin') return option
  const text = await readProfile(file, call)
  if (text.length > LARGEST_BYTES) throw unreadable(file, 'it is larger than 1 MiB')
  if (!isJson(text)) throw unreadable(file, 'it is not a JSON document')
  // Numbers of 64 bits would not come through JSON.parse and back.
  return `seccomp=${text.replace(/("(?:\\.|[^"\\])*")|\s+/g, '$1')}`
}

function isJson(text: string): boolean {
  try {
    parseForeignJson(text)
    return true
  } catch {
    return false
  }
}

async function readProfile(file: string, { io, interrupt }: Reader): Promise<string> {
  try {
    const path = resolve(io.cwd, file)
    return (await readNamedFile(path, { maxBytes: INPUT_FILE_BYTES, signal: interrupt.signal })).toString('utf8')
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error.message : String(error), error)
  }
}

function unreadable(file: string, found: string, cause?: unknown): CliError {
  return new CliError('CLI_INPUT_MISSING', `Cannot read seccomp profile "${file}": ${found}`, { cause })
}
