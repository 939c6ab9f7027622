import { resolve } from 'node:path'
import { readNamedFile } from '../../layer-store/index.ts'
import type { Call } from '../command.ts'
import { CliError, usageError } from '../errors.ts'
import { INPUT_FILE_BYTES } from '../input-file-size.ts'

type Reader = Pick<Call, 'io' | 'interrupt'>

/** `KEY=value` lines of `--build-arg-file`; blank lines and those that begin with # are left out. Later files win. */
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

async function readText(file: string, { io, interrupt }: Reader): Promise<string> {
  try {
    const path = resolve(io.cwd, file)
    return (await readNamedFile(path, { maxBytes: INPUT_FILE_BYTES, signal: interrupt.signal })).toString('utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const found = code === 'ENOENT' ? 'there is no such file' : message
    throw new CliError('CLI_INPUT_MISSING', `Cannot read "--build-arg-file ${file}": ${found}`)
  }
}
