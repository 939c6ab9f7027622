import type { ImageReference } from '../../image-spec/index.ts'
import { familiarName, formatPlatform } from '../../image-spec/index.ts'
import type { Image } from '../../layer-store/index.ts'
import { toSingleLine } from '../../notation/index.ts'
import type { BuildEvent, BuildRequest } from '../request/builder.ts'
import type { Provenance } from '../request/provenance.ts'
import type { AttestedOutput, BuildTools, FiledPredicate } from '../run/build-tools.ts'
import { showStep } from './show-step.ts'

interface Attested {
  readonly request: BuildRequest
  readonly provenance: Provenance | undefined
  /** Needed for the SBOM only. */
  readonly image: () => Promise<Image | undefined>
  readonly names: readonly ImageReference[]
  readonly emit: (event: BuildEvent) => void
}

/** The attestations requested for one platform's image, in BuildKit's order. */
export async function attestImage(
  tools: BuildTools,
  attested: Attested,
  signal: AbortSignal,
): Promise<AttestedOutput | undefined> {
  const { request, provenance, names } = attested
  const predicates: FiledPredicate[] = []
  if (request.attestSbom) predicates.push(...(await sbomOf(tools, attested, signal)))
  const options = request.attestProvenance
  if (options !== undefined && provenance !== undefined) {
    const { predicateType, slsaPredicate } = await import('./slsa-predicate.ts')
    const { fileName = 'provenance.json', inlineOnly = false } = options
    predicates.push({
      predicateType: predicateType(options),
      predicate: slsaPredicate(provenance, options),
      ...(!inlineOnly && { fileName }),
    })
  }
  return predicates.length === 0 ? undefined : { predicates, names }
}

/** SPEC: in-toto, spec/predicates/spdx.md */
async function sbomOf(
  { store, native }: BuildTools,
  { image: imageOf, names, emit }: Attested,
  signal: AbortSignal,
): Promise<readonly FiledPredicate[]> {
  const image = await imageOf()
  if (image === undefined) return []
  const { id, chain, config } = image
  const platform = formatPlatform(config)
  return showStep({ id: `sbom ${platform}`, name: `generating SBOM for ${platform}`, emit }, async () => {
    const { describeImage, spdxDocument } = await import('../../sbom/index.ts')
    const name = names[0] === undefined ? id : familiarName(names[0])
    const parts = { store, trees: native.trees }
    const described = await describeImage(parts, { name, id, chain, created: config.created }, signal)
    for (const { path, reason } of described.inventory.unread.slice(0, SHOWN_WARNINGS)) {
      const message = toSingleLine(`The SBOM does not include ${path}: ${reason}`)
      emit({ kind: 'warning', warning: { code: 'IncompleteSbom', message }, atMs: Date.now() })
    }
    const document = { predicateType: 'https://spdx.dev/Document', predicate: spdxDocument(described) }
    return [{ ...document, fileName: 'sbom.spdx.json' }]
  })
}

const SHOWN_WARNINGS = 10
