import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { hasCode } from './caught-error.ts'

/** A directory with what is missing above it. Node's own recursion never ends where nothing can be made, as below /proc. */
export function makeDirectories(path: string, mode: number): void {
  if (existsSync(path)) return
  if (dirname(path) !== path) makeDirectories(dirname(path), mode)
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    if (!hasCode(error, 'EEXIST') || !existsSync(path)) throw error // else another process makes the same one
  }
}
