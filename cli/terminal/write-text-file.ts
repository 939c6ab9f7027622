import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CliError } from '../errors.ts'

/** Writes a file that the command line names. */
export async function writeTextFile(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code !== 'ENOENT') throw new CliError('CLI_OUTPUT_FAILED', `Cannot write "${path}": ${message}`, { cause })
    throw new CliError('CLI_OUTPUT_FAILED', `Cannot write "${path}": there is no directory "${dirname(path)}"`)
  }
}
