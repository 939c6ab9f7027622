import { randomBytes } from 'node:crypto'
import { constants, createWriteStream, existsSync, openSync } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { Socket } from 'node:net'
import { dirname } from 'node:path'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { setTimeout } from 'node:timers/promises'
import { hasCode } from '../../errors/index.ts'
import { describeFileError } from '../../layer-store/index.ts'
import { ArchiveError } from '../errors.ts'

/** Where a file is written: a path, or the caller's stream (standard output), which stays open. */
export type Destination = string | Writable

/**
 * Passes `write` a stream to the destination. A regular file appears complete or not at all; devices and pipes are
 * written directly.
 */
export async function toDestination<T>(
  destination: Destination,
  write: (output: Writable) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  if (typeof destination !== 'string') return write(destination)
  if (!(await isSpecial(destination)))
    return replacingFile(destination, (temporary) => throughStream(() => openFile(temporary), write))
  try {
    const isPipe = (await stat(destination)).isFIFO()
    return await throughStream(() => (isPipe ? openPipe(destination, signal) : openFile(destination)), write)
  } catch (error) {
    throw asWriteError(destination, error)
  }
}

/** Lets `write` create the file under a temporary name in the same directory, then renames it. */
export async function replacingFile<T>(path: string, write: (temporary: string) => Promise<T>): Promise<T> {
  const temporary = temporaryBeside(path)
  try {
    await stat(dirname(path)) // otherwise the error would name the temporary file
    const result = await write(temporary)
    await rename(temporary, path)
    return result
  } catch (error) {
    throw asWriteError(path, error)
  } finally {
    await rm(temporary, { force: true })
  }
}

export function temporaryBeside(path: string): string {
  return `${path}.${randomBytes(6).toString('hex')}.partial`
}

/** True for what must not be replaced by a file: `/dev/stdout`, `/dev/null`, a named pipe. */
export async function isSpecial(path: string): Promise<boolean> {
  try {
    const found = await stat(path)
    if (found.isDirectory()) throw writeError(path, 'is a directory (expected a file)', 'Choose another destination')
    return !found.isFile()
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw asWriteError(path, error)
  }
}

/** As `asWriteError`, where the binary writes to the path: its hint would be about the disk of the store. */
export function asExportError(path: string, error: unknown): unknown {
  if (!hasCode(error, 'SANDBOX_FULL')) return asWriteError(path, error)
  return writeError(path, 'no space left on device', FREE_SPACE)
}

/** Wraps filesystem errors; coded errors pass unchanged. */
export function asWriteError(path: string, error: unknown): unknown {
  const isBare = error instanceof Error && 'syscall' in error && 'code' in error
  if (!isBare) return error
  const code = String(error.code)
  const directory = dirname(path)
  if (code === 'ENOENT' && !existsSync(directory))
    return writeError(path, `no such directory "${directory}"`, 'Create the directory first')
  return writeError(
    path,
    `${describeFileError(error)}${NEEDED[code] ?? ''}`,
    HINTS[code] ?? 'Choose another destination',
  )
}

const NEEDED: Readonly<Record<string, string>> = {
  EEXIST: ' (expected a directory, or no file)',
  EISDIR: ' (expected a file)',
}

const FREE_SPACE = 'Free space on that filesystem, or choose another destination'
const HINTS: Readonly<Record<string, string>> = { ENOSPC: FREE_SPACE, EDQUOT: FREE_SPACE }

function writeError(path: string, found: string, hint: string): ArchiveError {
  return new ArchiveError('ARCHIVE_WRITE_FAILED', `Cannot write "${path}": ${found}`, { hint })
}

async function throughStream<T>(open: () => Promise<Writable>, write: (output: Writable) => Promise<T>): Promise<T> {
  const output = await open()
  try {
    const result = await write(output)
    output.end()
    await finished(output)
    return result
  } catch (error) {
    output.destroy()
    throw error
  }
}

async function openFile(path: string): Promise<Writable> {
  return createWriteStream('', { fd: await open(path, 'w', 0o644), autoClose: true })
}

const READER_ROUND_MS = 50

/** Waits for a reader without blocking one of node's threads, which would keep the process from exiting. */
async function openPipe(path: string, signal: AbortSignal | undefined): Promise<Writable> {
  for (;;) {
    try {
      const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
      return new Socket({ fd, readable: false, writable: true })
    } catch (error) {
      if (!hasCode(error, 'ENXIO')) throw error
      await setTimeout(READER_ROUND_MS, undefined, { ...(signal !== undefined && { signal }) })
    }
  }
}
