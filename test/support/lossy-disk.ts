import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeAfterTest } from './removed-afterwards.ts'

export interface LossyDisk {
  readonly path: string
  /** Keeps what is flushed now: the state after a power failure. */
  cutPower(): void
  /** Mounts what was kept. Processes that use the disk must have ended, or see what they wrote. */
  mountAgain(): void
}

/** A journaling filesystem in a file, mounted until the end of the test. */
export function createLossyDisk(sizeBytes: number): LossyDisk {
  const room = mkdtempSync(join(tmpdir(), 'tsbuild-lossy-'))
  const [image, path] = [join(room, 'disk'), join(room, 'mounted')]
  writeFileSync(image, '')
  truncateSync(image, sizeBytes)
  mkdirSync(path)
  execFileSync('mkfs.ext4', ['-q', image])
  const mount = (file: string) => execFileSync('mount', ['-o', 'loop', file, path])
  // Sandboxes of other tests may have copies of the mount.
  const unmount = () => execFileSync('umount', ['--lazy', path])
  mount(image)
  removeAfterTest(async () => {
    unmount()
    rmSync(room, { recursive: true, force: true })
  })
  return {
    path,
    cutPower: () => copyFileSync(image, `${image}.kept`),
    mountAgain: () => {
      unmount()
      mount(`${image}.kept`)
    },
  }
}
