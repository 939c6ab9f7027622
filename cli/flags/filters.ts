import { suggest } from '../../notation/index.ts'
import { usageError } from '../errors.ts'

/** `--filter key=value` flags by key; only keys in `known`, where that is given. */
export function parseFilters(
  given: readonly string[],
  known?: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const filters = new Map<string, string[]>()
  for (const text of given) {
    const equals = text.indexOf('=')
    if (equals < 1) throw usageError(`Cannot read "--filter ${text}": it is not key=value`)
    const key = text.slice(0, equals).trim().toLowerCase()
    if (known !== undefined && !known.includes(key)) {
      const near = suggest(key, known)
      throw usageError(
        `Cannot use "--filter ${text}": there is no filter "${key}" (expected ${known.join(', ')})`,
        near === undefined ? undefined : `Did you mean "${near}"?`,
      )
    }
    filters.set(key, [...(filters.get(key) ?? []), text.slice(equals + 1)])
  }
  return filters
}
