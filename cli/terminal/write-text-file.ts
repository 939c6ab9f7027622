import { writeFile } from 'node:fs/promises'
import { describeFileError } from '../../layer-store/index.ts'
import { CliError } from '../errors.ts'

/** Writes a file that the command line names. */
export async function writeTextFile(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text)
  } catch (cause) {
    throw new CliError('CLI_OUTPUT_FAILED', `Cannot write "${path}": ${describeFileError(cause)}`)
  }
}
