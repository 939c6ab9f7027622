import { renderError } from '../../builder/index.ts'
import type { Call } from '../command.ts'
import { formatDocuments } from './format-documents.ts'
import { withSortedMaps } from './to-go-value.ts'

/** Prints the documents of all names that are found, then throws the last failure, as docker does. */
export async function inspectEach(
  { positionals, io }: Pick<Call, 'positionals' | 'io'>,
  format: string | undefined,
  documentOf: (name: string) => Promise<unknown>,
): Promise<number> {
  const documents: unknown[] = []
  const failures: unknown[] = []
  for (const name of positionals) {
    try {
      documents.push(withSortedMaps(await documentOf(name)))
    } catch (error) {
      failures.push(error)
    }
  }
  io.stdout.write(formatDocuments(documents, { format, toTerminal: io.stdout.isTTY === true }))
  for (const failure of failures.slice(0, -1)) io.stderr.write(renderError(failure))
  if (failures.length > 0) throw failures.at(-1)
  return 0
}
