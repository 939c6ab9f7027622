import { execFile } from 'node:child_process'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { hasCode } from '../../errors/index.ts'
import { isRunning } from '../is-running.ts'

/**
 * Creates a directory that is complete or absent, even if the process is killed: written next to its destination, then
 * renamed. If another process was faster, its result is kept.
 */
export async function createAtomically(directory: string, write: (draft: string) => Promise<void>): Promise<void> {
  const home = dirname(directory)
  await mkdir(home, { recursive: true })
  await removeAbandoned(home)
  const draft = `${directory}.${process.pid}`
  await rm(draft, { recursive: true, force: true })
  try {
    await write(draft)
    await flush(draft)
    await rename(draft, directory)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error
  }
}

async function removeAbandoned(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const pid = Number(/\.(\d+)$/.exec(name)?.[1] ?? process.pid)
    if (!isRunning(pid)) await rm(join(home, name), { recursive: true, force: true })
  }
}

/** A power cut must not leave empty files under the final name. */
function flush(directory: string): Promise<void> {
  return new Promise((resolve) => {
    execFile('sync', ['--file-system', directory], () => resolve())
  })
}
