import { closeSync, constants, openSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { ServerError } from '../errors.ts'

/** Locks an open file until it is closed, or this process exits. False if another process has it. */
export type LockFile = (descriptor: number) => Promise<boolean>

/**
 * Workers with the same directory would remove each other's checkouts, and run git in the same cache at the same time.
 * Returns a function that releases the lock.
 */
export async function lockWorkDirectory(workDirectory: string, lock: LockFile): Promise<() => void> {
  await mkdir(workDirectory, { recursive: true, mode: 0o700 })
  const path = join(workDirectory, 'lock')
  const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
  const release = (): void => closeSync(descriptor)
  try {
    if (!(await lock(descriptor))) throw inUse(dirname(workDirectory), await readFile(path, 'utf8'))
    await writeFile(path, `process ${process.pid} on ${hostname()}`)
    return release
  } catch (error) {
    release()
    throw error
  }
}

function inUse(dataDirectory: string, holder: string): ServerError {
  const who = holder === '' ? 'another worker' : `the worker of ${holder}`
  return new ServerError('SERVER_IN_USE', `Cannot use data directory "${dataDirectory}": ${who} builds in it`, {
    hint: 'Stop the other worker, or give this one another "dataDirectory"',
  })
}
