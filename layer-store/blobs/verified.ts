import { createHash } from 'node:crypto'
import type { Descriptor } from '../../image-spec/index.ts'
import { StoreError } from '../errors.ts'

export type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** Passes bytes on and fails at the end unless size and digest match. Publish nothing before the end. */
export async function* verified(bytes: Bytes, want: Descriptor): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let seen = 0
  for await (const chunk of bytes) {
    seen += chunk.length
    if (seen > want.size) break // SECURITY: a hostile peer may never stop
    hash.update(chunk)
    yield chunk
  }
  if (seen !== want.size) throw sizeMismatch(want, seen)
  const found = `sha256:${hash.digest('hex')}`
  if (found !== want.digest) throw digestMismatch(want.digest, found)
}

const DAMAGED = 'Fetch or create the blob again: its content is damaged'

function sizeMismatch(want: Descriptor, seen: number): StoreError {
  const found = seen > want.size ? 'more bytes' : `${seen} bytes`
  return new StoreError(
    'STORE_SIZE_MISMATCH',
    `Cannot accept blob "${want.digest}": ${found} (expected ${want.size} bytes)`,
    {
      hint: DAMAGED,
    },
  )
}

export function digestMismatch(want: string, found: string): StoreError {
  return new StoreError(
    'STORE_DIGEST_MISMATCH',
    `Cannot accept blob "${want}": its digest is ${found} (expected ${want})`,
    {
      hint: DAMAGED,
    },
  )
}
