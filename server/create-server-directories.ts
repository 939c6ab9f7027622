import { messageOf } from '../errors/index.ts'
import { createDirectories } from '../layer-store/index.ts'
import type { ServerConfig } from './config/config.ts'
import { ServerError } from './errors.ts'

/** Creates missing directories of the configuration. The user of the database traverses the data directory. */
export function createServerDirectories({ dataDirectory, storeDirectory }: ServerConfig): void {
  createIfMissing('dataDirectory', dataDirectory, 0o711)
  if (storeDirectory !== undefined) createIfMissing('storeDirectory', storeDirectory, 0o700)
}

function createIfMissing(setting: string, path: string, mode: number): void {
  try {
    createDirectories(path, mode)
  } catch (cause) {
    const reason = `${messageOf(cause)} (expected a directory that this user can write to)`
    throw new ServerError('SERVER_BAD_CONFIG', `Cannot create ${setting} "${path}": ${reason}`, {
      hint: `Set ${setting} to another directory`,
      cause,
    })
  }
}
