import { cp, readFile, rm, stat, symlink } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import * as v from 'valibot'
import { createAtomically } from './drafts.ts'

/**
 * A copy of the bundled PostgreSQL that any user can run: the package may be in a directory that only its owner can
 * enter, and the links of its libraries are created by an install script, which npm may not have run.
 */
export async function unpackBundled(native: string, directory: string): Promise<string> {
  const isThere = await stat(directory).catch(() => undefined)
  if (!isThere) await createAtomically(directory, (draft) => copyTo(draft, native))
  return join(directory, 'bin')
}

const linkList = v.pipe(v.string(), v.parseJson(), v.array(v.object({ source: v.string(), target: v.string() })))

async function copyTo(draft: string, native: string): Promise<void> {
  await cp(native, draft, { recursive: true, verbatimSymlinks: true })
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8')
  for (const { source, target } of v.parse(linkList, list)) {
    const [from, to] = [below(draft, source), below(draft, target)]
    await rm(to, { force: true })
    await symlink(relative(dirname(to), from), to)
  }
}

/** The list contains paths relative to the package root: `native/lib/libpq.so`. */
function below(draft: string, path: string): string {
  return join(draft, relative('native', dirname(path)), basename(path))
}
