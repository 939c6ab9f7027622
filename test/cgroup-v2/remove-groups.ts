import { readdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'

/** The kernel refuses to remove a group with processes. */
export function removeGroups(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) removeGroups(join(directory, entry.name))
  }
  rmdirSync(directory)
}
