import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { hasCode } from './caught-error.ts'

/** A directory with what is missing above it. Node's own recursion never ends where nothing can be made, as below /proc. */
export function makeDirectories(path: string, mode: number): void {
  if (isDirectory(path)) return
  if (!existsSync(dirname(path))) makeDirectories(dirname(path), mode)
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    if (!hasCode(error, 'EEXIST') || !isDirectory(path)) throw error // else another process makes the same one
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
