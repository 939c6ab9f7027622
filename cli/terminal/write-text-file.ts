import { access, constants, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hasCode } from '../../errors/index.ts'
import { describeFileError } from '../../layer-store/index.ts'
import { CliError } from '../errors.ts'

/** Writes a file that the command line names. If writing fails, a new file is removed. */
export async function writeTextFile(path: string, text: string): Promise<void> {
  const isNew = await isMissing(path)
  try {
    await writeFile(path, text)
  } catch (cause) {
    if (isNew) await rm(path, { force: true }).catch(() => undefined)
    throw cannotWrite(path, cause)
  }
}

/** Before work that cannot be undone, such as a push: reports a file that could not be written afterwards. */
export async function refuseUnwritable(path: string, mayDirectoryAppear: boolean): Promise<void> {
  try {
    if (await isMissing(path)) await access(dirname(path), constants.W_OK)
    else if ((await stat(path)).isDirectory()) throw Object.assign(new Error('a directory'), { code: 'EISDIR' })
    else await access(path, constants.W_OK)
  } catch (cause) {
    if (!(mayDirectoryAppear && hasCode(cause, 'ENOENT'))) throw cannotWrite(path, cause)
  }
}

async function isMissing(path: string): Promise<boolean> {
  return stat(path).then(
    () => false,
    (error: unknown) => hasCode(error, 'ENOENT'),
  )
}

function cannotWrite(path: string, cause: unknown): CliError {
  return new CliError('CLI_OUTPUT_FAILED', `Cannot write "${path}": ${describeFileError(cause)}`)
}
