import type { Io } from '../command.ts'
import { readSigningInput } from './read-signing-input.ts'

const MAX_BYTES = 64 << 10

/** The text of a key file; at most as much as a key can have. */
export function readKeyFile(path: string, io: Io): Promise<string> {
  return readSigningInput({ what: 'key', path, maxBytes: MAX_BYTES }, io)
}
