import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hasCode, messageOf } from '../../layer-store/index.ts'
import { CliError } from '../errors.ts'

/** Writes a file that the command line names. */
export async function writeTextFile(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text)
  } catch (cause) {
    if (hasCode(cause, 'ENOENT'))
      throw new CliError('CLI_OUTPUT_FAILED', `Cannot write "${path}": there is no directory "${dirname(path)}"`)
    throw new CliError('CLI_OUTPUT_FAILED', `Cannot write "${path}": ${messageOf(cause)}`, { cause })
  }
}
