import type { ImageReference } from '../../image-spec/index.ts'
import { type Descriptor, formatPlatform, hexOf, MediaType, repositoryName } from '../../image-spec/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'

export interface Predicate {
  readonly predicateType: string
  readonly predicate: object
}

/** Statements about one platform's image. */
export interface Attestation {
  /** In the manifest's order. */
  readonly predicates: readonly Predicate[]
  readonly names: readonly ImageReference[]
  /** The form before OCI artifacts, for readers that do not support `subject`: an image containing the statements. */
  readonly isLegacy?: boolean
}

export interface PreparedAttestation {
  readonly manifest: Descriptor
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
}

const IN_TOTO = 'application/vnd.in-toto+json'
const ARTIFACT_TYPE = 'application/vnd.docker.attestation.manifest.v1+json'
const EMPTY_TYPE = 'application/vnd.oci.empty.v1+json'
const UNKNOWN = { architecture: 'unknown', os: 'unknown' } as const

/**
 * Puts the blobs of an attestation manifest into the store. It is listed next to the image in an index, with a platform
 * that distinguishes it from images. SPEC: BuildKit, docs/attestations/attestation-storage.md; in-toto Statement v1.
 */
export async function writeAttestation(
  store: LayerStore,
  subject: Descriptor,
  { predicates, names, isLegacy = false }: Attestation,
): Promise<PreparedAttestation> {
  const put = async (mediaType: string, document: unknown): Promise<Descriptor> => ({
    mediaType,
    ...(await store.blobs.putBytes(Buffer.from(JSON.stringify(document)))),
  })
  const layers: Descriptor[] = []
  for (const predicate of predicates) {
    const annotations = { 'in-toto.io/predicate-type': predicate.predicateType }
    layers.push({ ...(await put(IN_TOTO, inTotoStatement(predicate, subjectsOf(subject, names)))), annotations })
  }
  const rootfs = { type: 'layers', diff_ids: layers.map(({ digest }) => digest) }
  const config = isLegacy
    ? await put(MediaType.ociConfig, { ...UNKNOWN, config: {}, rootfs })
    : await put(EMPTY_TYPE, {})
  const mediaType = MediaType.ociManifest
  const head = { schemaVersion: 2, mediaType }
  const manifest = await put(
    mediaType,
    isLegacy
      ? { ...head, config, layers }
      : {
          ...head,
          artifactType: ARTIFACT_TYPE,
          config: { ...config, data: Buffer.from('{}').toString('base64') },
          layers,
          subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
        },
  )
  const annotations = {
    'vnd.docker.reference.digest': subject.digest,
    'vnd.docker.reference.type': 'attestation-manifest',
  }
  return { manifest: { ...manifest, annotations, platform: UNKNOWN }, config, layers }
}

export interface Subject {
  readonly name: string
  readonly digest: { readonly sha256: string }
}

/** SPEC: in-toto Statement v1. */
export function inTotoStatement({ predicateType, predicate }: Predicate, subject: readonly Subject[]): object {
  return { _type: 'https://in-toto.io/Statement/v1', predicateType, subject, predicate }
}

/** SPEC: purl-spec docker. Images without a name are included. */
function subjectsOf({ digest, platform }: Descriptor, names: readonly ImageReference[]): readonly Subject[] {
  const sha256 = hexOf(digest)
  if (names.length === 0) return [{ name: '_', digest: { sha256 } }]
  const qualifier = platform ? `?platform=${encodeURIComponent(formatPlatform(platform))}` : ''
  return names.map((reference) => {
    const name = repositoryName(reference).replace(/^docker\.io\/(?:library\/)?/, '')
    return { name: `pkg:docker/${name}@${reference.tag ?? 'latest'}${qualifier}`, digest: { sha256 } }
  })
}
