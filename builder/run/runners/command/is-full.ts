import { statfs } from 'node:fs/promises'

const FEW_BYTES = 1 << 20

/** Whether a command can have failed because nothing more can be written. Some file systems do not count their files. */
export async function isFull(directory: string): Promise<boolean> {
  const found = await statfs(directory).catch(() => undefined) // the command's failure is what counts
  if (found === undefined) return false
  return found.bavail * found.bsize < FEW_BYTES || (found.files > 0 && found.ffree === 0)
}
