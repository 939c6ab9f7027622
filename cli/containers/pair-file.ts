import { splitPair } from '../../notation/index.ts'
import type { Call } from '../command.ts'
import { usageError } from '../errors.ts'
import { readInputFile } from '../terminal/read-input-file.ts'

type Reader = Pick<Call, 'io' | 'interrupt'>

/**
 * Lines of each `--env-file` or `--label-file`: `KEY=value`, or a bare `KEY`, which a variable takes from the
 * environment. SPEC: docker run --env-file
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
      const [key] = splitPair(line)
      if (key === '') throw usageError(`Cannot read "${file}": line "${line}" has no name`)
      if (/\s/.test(key)) throw usageError(`Cannot read "${file}": name "${key}" contains white space`)
      return line
    })
}

async function readLines(file: string, { io, interrupt }: Reader): Promise<readonly string[]> {
  const bytes = await readInputFile({ path: file, shown: `"${file}"`, signal: interrupt.signal }, io)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).split(/\r?\n/) // drops a byte order mark
  } catch {
    throw usageError(`Cannot read "${file}": not UTF-8`)
  }
}
