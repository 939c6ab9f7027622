import { usageError } from '../errors.ts'

/** `--type` of attest and verify: a short name of cosign, or a URI. */
export async function parsePredicateType(name: string): Promise<string> {
  const { findPredicateType, PREDICATE_NAMES } = await import('../../signing/index.ts')
  const type = findPredicateType(name)
  if (type !== undefined) return type
  throw usageError(
    `Cannot use predicate type "${name}": unknown type (expected ${PREDICATE_NAMES.join(', ')} or a URI)`,
  )
}
