import { splitCsv, splitField } from '../../notation/index.ts'
import { usageError } from '../errors.ts'

/**
 * `key=value` fields, as docker parses `--output` and `--resource`; keys in lower case. SECURITY: errors do not quote the
 * whole text, which can contain the secrets of a cache.
 */
export function parseCsvPairs(flag: string, text: string): ReadonlyMap<string, string> {
  const fields = splitCsv(text)
  if (fields === undefined)
    throw usageError(
      `Cannot read the value of ${flag}: a quote is inside a field or not closed (expected quotes around the whole field)`,
    )
  const pairs = new Map<string, string>()
  for (const field of fields) {
    const [key, value] = splitField(field)
    if (key === '' || value === undefined)
      throw usageError(`Cannot read the value of ${flag}: "${field}" is not key=value`)
    if (pairs.has(key)) throw usageError(`Cannot read the value of ${flag}: "${key}" is specified twice`)
    pairs.set(key, value)
  }
  return pairs
}
