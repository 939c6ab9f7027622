import { statfs } from 'node:fs/promises'

const FEW_BYTES = 1 << 20

/** Whether a command may have failed because the disk is full. Some filesystems do not count inodes. */
export async function isFull(directory: string): Promise<boolean> {
  const found = await statfs(directory).catch(() => undefined) // the command's failure matters more
  if (found === undefined) return false
  return found.bavail * found.bsize < FEW_BYTES || (found.files > 0 && found.ffree === 0)
}
