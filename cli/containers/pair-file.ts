import { resolve } from 'node:path'
import { readNamedFile } from '../../layer-store/index.ts'
import type { Call } from '../command.ts'
import { CliError, usageError } from '../errors.ts'
import { INPUT_FILE_BYTES } from '../input-file-size.ts'

type Reader = Pick<Call, 'io' | 'interrupt'>

/**
 * The lines of each `--env-file` or `--label-file`: `KEY=value`, or `KEY` alone, for which a variable has its value here.
 * SPEC: docker run --env-file
 */
export async function readPairFiles(files: readonly string[], call: Reader): Promise<readonly string[]> {
  const read: (readonly string[])[] = []
  for (const file of files) read.push(pairsOf(file, await readLines(file, call)))
  return read.flat()
}

function pairsOf(file: string, lines: readonly string[]): readonly string[] {
  return lines
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const key = line.split('=', 1)[0] ?? ''
      if (key === '') throw usageError(`Cannot read "${file}": the line "${line}" begins without a name`)
      if (/\s/.test(key)) throw usageError(`Cannot read "${file}": the name "${key}" contains white space`)
      return line
    })
}

async function readLines(file: string, { io, interrupt }: Reader): Promise<readonly string[]> {
  let bytes: Buffer
  try {
    bytes = await readNamedFile(resolve(io.cwd, file), { maxBytes: INPUT_FILE_BYTES, signal: interrupt.signal })
  } catch (cause) {
    throw new CliError('CLI_INPUT_MISSING', `Cannot read "${file}": ${(cause as Error).message}`, { cause })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).split(/\r?\n/) // without a byte order mark
  } catch {
    throw usageError(`Cannot read "${file}": it is not UTF-8`)
  }
}
