import { parseUntrustedJson } from '../../image-spec/index.ts'
import type { Call } from '../command.ts'
import { CliError } from '../errors.ts'
import { readInputFile } from '../terminal/read-input-file.ts'

type Reader = Pick<Call, 'io' | 'interrupt'>

const LARGEST_BYTES = 1 << 20

/** SPEC: docker/cli parseSecurityOpts: `seccomp=FILE` is replaced by the document, without whitespace. */
export async function withProfile(option: string, { io, interrupt }: Reader): Promise<string> {
  const [, file] = /^seccomp[:=](.*)$/.exec(option) ?? []
  if (file === undefined || file === 'unconfined' || file === 'builtin') return option
  const named = { path: file, shown: `seccomp profile "${file}"`, signal: interrupt.signal }
  const text = (await readInputFile(named, io)).toString('utf8')
  if (text.length > LARGEST_BYTES) throw unreadable(file, 'larger than 1 MiB')
  if (!isJson(text)) throw unreadable(file, 'not a JSON document')
  // JSON.parse would lose precision of 64-bit numbers.
  return `seccomp=${text.replace(/("(?:\\.|[^"\\])*")|\s+/g, '$1')}`
}

function isJson(text: string): boolean {
  try {
    parseUntrustedJson(text)
    return true
  } catch {
    return false
  }
}

function unreadable(file: string, found: string): CliError {
  return new CliError('CLI_INPUT_MISSING', `Cannot read seccomp profile "${file}": ${found}`)
}
