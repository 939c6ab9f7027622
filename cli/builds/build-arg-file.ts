import type { Call } from '../command.ts'
import { usageError } from '../errors.ts'
import { readInputFile } from '../terminal/read-input-file.ts'

type Reader = Pick<Call, 'io' | 'interrupt'>

/**
 * `KEY=value` lines of `--build-arg-file`; blank lines and lines that begin with # are ignored. Later files take
 * precedence.
 */
export async function readBuildArgFiles(files: readonly string[], call: Reader): Promise<readonly string[]> {
  const read: (readonly string[])[] = []
  for (const file of files) read.push(pairsOf(file, await readText(file, call)))
  return read.flat()
}

function pairsOf(file: string, text: string): readonly string[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/)
  return lines.flatMap((line, index) => {
    const text = line.trimStart()
    if (text === '' || text.startsWith('#')) return []
    if (/^[A-Za-z_]\w*=/.test(text)) return [text]
    throw usageError(`Cannot read "--build-arg-file ${file}": line ${index + 1} is not KEY=value`)
  })
}

async function readText(path: string, { io, interrupt }: Reader): Promise<string> {
  const file = { path, shown: `"--build-arg-file ${path}"`, signal: interrupt.signal }
  return (await readInputFile(file, io)).toString('utf8')
}
