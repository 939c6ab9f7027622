import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { hasCode } from '../../layer-store/index.ts'
import { ArchiveError } from '../errors.ts'

/** Destination of a file: a path, or a stream of the caller (standard output), which stays open. */
export type Destination = string | Writable

/**
 * Gives `write` a stream to the destination. A regular file appears whole or not at all; devices and pipes are written
 * as they are.
 */
export async function toDestination<T>(destination: Destination, write: (output: Writable) => Promise<T>): Promise<T> {
  if (typeof destination !== 'string') return write(destination)
  if (await isSpecial(destination)) return throughStream(destination, write)
  return replacingFile(destination, (temporary) => throughStream(temporary, write))
}

/** Lets `write` make the file under a name next to the path, then moves it to its place. */
export async function replacingFile<T>(path: string, write: (temporary: string) => Promise<T>): Promise<T> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.partial`
  try {
    await stat(dirname(path)) // else the complaint would be about the temporary name
    const result = await write(temporary)
    await rename(temporary, path)
    return result
  } catch (error) {
    throw asWriteError(path, error)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** True for what must not be replaced by a file: `/dev/stdout`, `/dev/null`, a named pipe. */
export async function isSpecial(path: string): Promise<boolean> {
  try {
    const found = await stat(path)
    if (found.isDirectory())
      throw new ArchiveError('ARCHIVE_WRITE_FAILED', `Cannot write "${path}": a directory (expected a file)`)
    return !found.isFile()
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw asWriteError(path, error)
  }
}

/** Errors of the filesystem get the shape of this folder; coded ones pass. */
export function asWriteError(path: string, error: unknown): unknown {
  const isBare = error instanceof Error && 'syscall' in error && 'code' in error
  if (!isBare) return error
  if (error.code === 'ENOENT') {
    const message = `Cannot write "${path}": there is no directory "${dirname(path)}"`
    return new ArchiveError('ARCHIVE_WRITE_FAILED', message, { hint: 'Create the directory first' })
  }
  return new ArchiveError('ARCHIVE_WRITE_FAILED', `Cannot write "${path}": ${error.message}`, {
    ...(error.code === 'ENOSPC' && { hint: 'Free some space there, or write to another place' }),
    cause: error,
  })
}

async function throughStream<T>(path: string, write: (output: Writable) => Promise<T>): Promise<T> {
  const file = await open(path, 'w', 0o644)
  const output = createWriteStream('', { fd: file, autoClose: true })
  try {
    const result = await write(output)
    output.end()
    await finished(output)
    return result
  } catch (error) {
    output.destroy()
    throw asWriteError(path, error)
  }
}
