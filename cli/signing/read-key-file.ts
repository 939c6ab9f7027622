import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Io } from '../command.ts'
import { CliError } from '../errors.ts'

const MAX_BYTES = 64 << 10

/** The text of a key file; at most as much as a key can have. */
export async function readKeyFile(path: string, io: Io): Promise<string> {
  try {
    const file = await open(resolve(io.cwd, path))
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES)
      return buffer.toString('utf8', 0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new CliError('CLI_INPUT_MISSING', `Cannot read key "${path}": there is no such file`)
    throw new CliError('CLI_INPUT_MISSING', `Cannot read key "${path}": ${message}`, { cause })
  }
}
