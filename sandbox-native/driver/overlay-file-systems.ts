import { statfsSync } from 'node:fs'

/** SPEC: linux/magic.h. Filesystems that support an overlay's upper directory. */
const TAKE_OVERLAYS = new Set([
  0xef53, // ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0xf2f52010, // f2fs
  0x01021994, // tmpfs
])

/** False if the filesystem certainly supports overlays. */
export function mayForbidOverlays(directory: string): boolean {
  return !TAKE_OVERLAYS.has(statfsSync(directory).type)
}
