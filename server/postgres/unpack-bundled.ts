import { cp, readFile, rm, stat, symlink } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { makeWhole } from './drafts.ts'

/**
 * A copy of the bundled PostgreSQL that any user can run: the package may be in a directory that only its owner enters,
 * and its libraries' links are left to an install script, which npm may not have run.
 */
export async function unpackBundled(native: string, directory: string): Promise<string> {
  const isThere = await stat(directory).catch(() => undefined)
  if (!isThere) await makeWhole(directory, (draft) => copyTo(draft, native))
  return join(directory, 'bin')
}

async function copyTo(draft: string, native: string): Promise<void> {
  await cp(native, draft, { recursive: true, verbatimSymlinks: true })
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const { source, target } of links) {
    const [from, to] = [below(draft, source), below(draft, target)]
    await rm(to, { force: true })
    await symlink(relative(dirname(to), from), to)
  }
}

/** The list has paths from the package's root: `native/lib/libpq.so`. */
function below(draft: string, path: string): string {
  return join(draft, relative('native', dirname(path)), basename(path))
}
