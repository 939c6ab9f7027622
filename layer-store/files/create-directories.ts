import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { hasCode } from '../../errors/index.ts'

/**
 * Creates a directory and its missing parents. Node's own recursion never ends where nothing can be created, as in
 * /proc.
 */
export function createDirectories(path: string, mode: number): void {
  if (isDirectory(path)) return
  if (!existsSync(dirname(path))) createDirectories(dirname(path), mode)
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    if (!hasCode(error, 'EEXIST') || !isDirectory(path)) throw error // another process may have created it
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
