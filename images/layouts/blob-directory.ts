import { mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { createDirectories } from '../../layer-store/index.ts'
import { ArchiveError } from '../errors.ts'
import { asWriteError } from '../files/destination.ts'

/**
 * Creates the layout's directory for blobs if missing. SECURITY: a layout of another user may have links in place of
 * directories, which would redirect blobs. → test/attack/registries/written-layout-links.test.ts
 */
export async function createBlobDirectory(layout: string): Promise<void> {
  try {
    createDirectories(layout, 0o777)
    const root = await realpath(layout)
    for (const name of ['blobs', 'blobs/sha256']) {
      const path = join(root, name)
      await mkdir(path).catch(ignoreExisting)
      if (!(await realpath(path)).startsWith(`${root}/`)) throw leadsOutside(layout, name)
    }
  } catch (error) {
    throw asWriteError(layout, error)
  }
}

function leadsOutside(layout: string, name: string): ArchiveError {
  const message = `Cannot write image layout "${layout}": "${name}" is a link to a place outside of it (expected a directory)`
  return new ArchiveError('ARCHIVE_WRITE_FAILED', message, { hint: 'Remove the link, or choose another directory' })
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
