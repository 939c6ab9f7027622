import * as v from 'valibot'
import { ServerError } from '../errors.ts'

/** Parses a JSON document from the server; `name` is the operation or stream. */
export function readResponse<S extends v.GenericSchema>(schema: S, text: string, name: string): v.InferOutput<S> {
  const { success, output, issues } = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text)
  if (success) return output
  const [issue] = issues
  const path = v.getDotPath(issue)
  const reason = `${path === null ? '' : `${path}: `}${issue.message}`
  throw new ServerError('SERVER_BAD_RESPONSE', `Cannot read the server's response to ${name}: ${reason}`, {
    hint: 'Use the version of tsbuild that the server runs',
  })
}
