import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeAfterFile } from './removed-afterwards.ts'

/** A new directory, `tsbuild-NAME-…`, that is removed after the test file. */
export function temporaryDirectory(name: string): string {
  const path = mkdtempSync(join(tmpdir(), `tsbuild-${name}-`))
  removeAfterFile(() => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }))
  return path
}
