import { didYouMean, parseGoBool, splitPair } from '../../notation/index.ts'
import { usageError } from '../errors.ts'

/** `--filter key=value` flags by key; only keys in `known`, if it is given. */
export function parseFilters(
  given: readonly string[],
  known?: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const filters = new Map<string, string[]>()
  for (const text of given) {
    const [name, value] = splitPair(text)
    if (name === '' || value === undefined) throw usageError(`Cannot read "--filter ${text}": not key=value`)
    const key = name.trim().toLowerCase()
    if (known !== undefined && !known.includes(key)) {
      throw usageError(
        `Cannot use "--filter ${text}": unknown filter "${key}" (expected ${known.join(', ')})`,
        didYouMean(key, known),
      )
    }
    filters.set(key, [...(filters.get(key) ?? []), value])
  }
  return filters
}

/** The value of a boolean filter. */
export function filterBool(key: string, text: string): boolean {
  const value = parseGoBool(text)
  if (value !== undefined) return value
  throw usageError(`Cannot use "--filter ${key}=${text}": invalid value (expected true or false)`)
}
