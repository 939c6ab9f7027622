import { readdirSync } from 'node:fs'
import { isMissing } from './file-errors.ts'

/** Empty if the directory does not exist, or was removed concurrently. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
