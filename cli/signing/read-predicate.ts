import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import type { Io } from '../command.ts'
import { CliError } from '../errors.ts'

/** The predicate in a file, or on standard input. */
export async function readPredicate(path: string, type: string, io: Io): Promise<unknown> {
  const { predicateOf, SigningError } = await import('../../signing/index.ts')
  const predicate = predicateOf(type, path === '-' ? await textOf(io.stdin) : await readText(path, io))
  if (predicate !== undefined) return predicate
  throw new SigningError('SIGNING_BAD_PREDICATE', `Cannot read predicate "${path}": it is not JSON`, {
    hint: `Write the document of type ${type} as JSON, or attest another type`,
  })
}

async function readText(path: string, io: Io): Promise<string> {
  try {
    return await readFile(resolve(io.cwd, path), 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const found = code === 'ENOENT' ? 'there is no such file' : message
    throw new CliError('CLI_INPUT_MISSING', `Cannot read predicate "${path}": ${found}`, { cause })
  }
}
