import type { Io } from '../command.ts'
import { readInputFile } from '../terminal/read-input-file.ts'

const MAX_BYTES = 64 << 10

/** The text of a key file, up to the maximum size of a key. */
export async function readKeyFile(path: string, io: Io): Promise<string> {
  return (await readInputFile({ path, shown: `key "${path}"`, maxBytes: MAX_BYTES }, io)).toString('utf8')
}
