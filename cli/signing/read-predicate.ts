import { text as textOf } from 'node:stream/consumers'
import type { Io } from '../command.ts'
import { readSigningInput } from './read-signing-input.ts'

const MAX_BYTES = 128 << 20

/** The predicate in a file, or on standard input. */
export async function readPredicate(path: string, type: string, io: Io): Promise<unknown> {
  const { predicateOf, SigningError } = await import('../../signing/index.ts')
  const predicate = predicateOf(
    type,
    path === '-'
      ? await textOf(io.stdin)
      : await readSigningInput({ what: 'predicate', path, maxBytes: MAX_BYTES }, io),
  )
  if (predicate !== undefined) return predicate
  throw new SigningError('SIGNING_BAD_PREDICATE', `Cannot read predicate "${path}": it is not JSON`, {
    hint: `Write the document of type ${type} as JSON, or attest another type`,
  })
}
