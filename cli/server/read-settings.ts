import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { readNamedFile } from '../../layer-store/index.ts'
import type { Io } from '../command.ts'
import { CliError } from '../errors.ts'
import { INPUT_FILE_BYTES } from '../input-file-size.ts'

/** A document of settings, YAML or JSON; `-` is standard input. The server checks what is in it. */
export async function readSettings(file: string | undefined, io: Io): Promise<object> {
  if (file === undefined) return {}
  const { parseYaml } = await import('../../server/index.ts')
  return parseYaml(file, await readInput(file, io))
}

/** A value such as a secret: without the newline that ends its last line. */
export async function readValue(file: string, io: Io): Promise<string> {
  return (await readInput(file, io)).replace(/\r?\n$/, '')
}

async function readInput(file: string, io: Io): Promise<string> {
  try {
    if (file === '-') return await text(io.stdin)
    return (await readNamedFile(resolve(io.cwd, file), { maxBytes: INPUT_FILE_BYTES })).toString('utf8')
  } catch (cause) {
    throw new CliError('CLI_INPUT_MISSING', `Cannot read "${file}": ${(cause as Error).message}`, {
      hint: 'Check the path and its permissions',
      cause,
    })
  }
}
