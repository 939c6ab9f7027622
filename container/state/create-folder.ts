import { mkdirSync } from 'node:fs'
import { hasCode } from '../../errors/index.ts'

/** Unless it exists. With `recursive`, node would report a read-only filesystem as a missing file. */
export function createFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
}
