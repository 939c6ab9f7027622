import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Removes the repository's `.git`, and the `.git` files that point from submodules into it: they contain paths of this
 * machine.
 */
export async function removeGitDirectories(repository: string): Promise<void> {
  await rm(join(repository, '.git'), { recursive: true, force: true })
  if (!existsSync(join(repository, '.gitmodules'))) return
  // SECURITY: directory entries identify links; readdir with names alone follows links, even out of the repository.
  const entries = await readdir(repository, { recursive: true, withFileTypes: true })
  for (const { parentPath } of entries.filter(({ name }) => name === '.git')) {
    await rm(join(parentPath, '.git'), { recursive: true, force: true })
  }
}
