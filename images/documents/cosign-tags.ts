import { type Digest, hexOf } from '../../image-spec/index.ts'

/** SPEC: cosign, specs/SIGNATURE_SPEC.md#tag-based-discovery; attestations and SBOMs have tags of the same form. */
export function cosignTagsOf(subject: Digest): readonly string[] {
  return ['sig', 'att', 'sbom'].map((kind) => `sha256-${hexOf(subject)}.${kind}`)
}

export function isCosignTag(tag: string): boolean {
  return /^sha256-[0-9a-f]{64}\.(?:sig|att|sbom)$/.test(tag)
}
