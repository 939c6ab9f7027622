import { text as textOf } from 'node:stream/consumers'
import type { Io } from '../command.ts'
import { readInputFile } from '../terminal/read-input-file.ts'

const MAX_BYTES = 128 << 20

/** The predicate in a file, or on standard input. */
export async function readPredicate(path: string, type: string, io: Io): Promise<unknown> {
  const { predicateOf, SigningError } = await import('../../signing/index.ts')
  const file = { path, shown: `predicate "${path}"`, maxBytes: MAX_BYTES }
  const text = path === '-' ? await textOf(io.stdin) : (await readInputFile(file, io)).toString('utf8')
  const predicate = predicateOf(type, text)
  if (predicate !== undefined) return predicate
  throw new SigningError('SIGNING_BAD_PREDICATE', `Cannot read predicate "${path}": not JSON`, {
    hint: `Write the document of type ${type} as JSON, or attest another type`,
  })
}
