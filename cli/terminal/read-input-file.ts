import { resolve } from 'node:path'
import { describeFileError, readNamedFile } from '../../layer-store/index.ts'
import type { Io } from '../command.ts'
import { CliError } from '../errors.ts'

interface InputFile {
  readonly path: string
  /** Used in messages, such as `key "cosign.key"`. */
  readonly shown: string
  readonly maxBytes?: number
  readonly signal?: AbortSignal
}

/** Limit for small files named by a flag: variables, labels, arguments, a profile. */
const SMALL_FILE_BYTES = 4 << 20

/**
 * Reads a file or pipe named on the command line. SECURITY: a pipe without a writer or a device must not block the
 * command.
 */
export async function readInputFile(file: InputFile, io: Pick<Io, 'cwd'>): Promise<Buffer> {
  const { path, shown, maxBytes = SMALL_FILE_BYTES, signal } = file
  try {
    return await readNamedFile(resolve(io.cwd, path), { maxBytes, ...(signal && { signal }) })
  } catch (cause) {
    throw new CliError('CLI_INPUT_MISSING', `Cannot read ${shown}: ${describeFileError(cause)}`)
  }
}
