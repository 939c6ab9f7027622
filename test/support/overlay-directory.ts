import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeAfterFile } from './removed-afterwards.ts'

/** A directory on an overlay, as in a container: it cannot be the upper directory of another overlay. */
export interface OverlayDirectory {
  readonly path: string
  /** Before the end of the test file. */
  remove(): void
}

export function createOverlayDirectory(): OverlayDirectory {
  const room = mkdtempSync(join(tmpdir(), 'tsbuild-on-overlay-'))
  for (const name of ['lower', 'upper', 'work', 'shown']) mkdirSync(join(room, name))
  chmodSync(room, 0o755)
  const path = join(room, 'shown')
  const options = `lowerdir=${room}/lower,upperdir=${room}/upper,workdir=${room}/work`
  execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', options, path])
  chmodSync(path, 0o1777)
  return {
    path,
    remove: removeAfterFile(() => {
      execFileSync('umount', ['--lazy', path]) // supervisors may still be cleaning up
      rmSync(room, { recursive: true })
    }),
  }
}
