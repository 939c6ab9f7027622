/** cosign's short names of predicate types. */
const PREDICATE_TYPES: Readonly<Record<string, string>> = {
  slsaprovenance: 'https://slsa.dev/provenance/v0.2',
  slsaprovenance02: 'https://slsa.dev/provenance/v0.2',
  slsaprovenance1: 'https://slsa.dev/provenance/v1',
  link: 'https://in-toto.io/Link/v1',
  spdx: 'https://spdx.dev/Document',
  spdxjson: 'https://spdx.dev/Document',
  cyclonedx: 'https://cyclonedx.org/bom',
  vuln: 'https://cosign.sigstore.dev/attestation/vuln/v1',
  openvex: 'https://openvex.dev/ns',
  custom: 'https://cosign.sigstore.dev/attestation/v1',
}

export const PREDICATE_NAMES: readonly string[] = Object.keys(PREDICATE_TYPES)

/** Undefined if the text is neither a short name nor a URI. */
export function findPredicateType(name: string): string | undefined {
  if (Object.hasOwn(PREDICATE_TYPES, name)) return PREDICATE_TYPES[name]
  return URL.canParse(name) ? name : undefined
}

/**
 * The predicate in a file, wrapped as in cosign: any JSON, whose schema is up to its readers. Undefined if it is not
 * JSON.
 */
export function predicateOf(name: string, text: string): unknown {
  if (name === 'spdx') return text
  if (name === 'custom' || name === PREDICATE_TYPES['custom'])
    return { Data: text, Timestamp: new Date().toISOString() }
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
