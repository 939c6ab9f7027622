import type { ImageReference } from '../../image-spec/index.ts'
import {
  type Descriptor,
  type Digest,
  formatPlatform,
  hexOf,
  MediaType,
  repositoryName,
} from '../../image-spec/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'

/** What is said of one platform's image. */
export interface Attestation {
  readonly predicateType: string
  readonly predicate: object
  readonly names: readonly ImageReference[]
}

export interface PreparedAttestation {
  readonly manifest: Descriptor
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
}

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v0.1'
const IN_TOTO = 'application/vnd.in-toto+json'
const UNKNOWN = { architecture: 'unknown', os: 'unknown' } as const

/**
 * Puts the blobs of an attestation manifest into the store. It stands beside the image in an index, where its platform
 * keeps it from being taken for one. SPEC: BuildKit, docs/attestations/attestation-storage.md; in-toto Statement v0.1.
 */
export async function writeAttestation(
  store: LayerStore,
  subject: Descriptor,
  { predicateType, predicate, names }: Attestation,
): Promise<PreparedAttestation> {
  const put = async (mediaType: string, document: unknown): Promise<Descriptor> => ({
    mediaType,
    ...(await store.blobs.putBytes(Buffer.from(JSON.stringify(document)))),
  })
  const statement = await put(IN_TOTO, {
    _type: STATEMENT_TYPE,
    predicateType,
    subject: subjectsOf(subject, names),
    predicate,
  })
  const layer = { ...statement, annotations: { 'in-toto.io/predicate-type': predicateType } }
  const rootfs: { readonly type: 'layers'; readonly diff_ids: readonly Digest[] } = {
    type: 'layers',
    diff_ids: [statement.digest],
  }
  const config = await put(MediaType.ociConfig, { ...UNKNOWN, config: {}, rootfs })
  const mediaType = MediaType.ociManifest
  const manifest = await put(mediaType, { schemaVersion: 2, mediaType, config, layers: [layer] })
  const annotations = {
    'vnd.docker.reference.digest': subject.digest,
    'vnd.docker.reference.type': 'attestation-manifest',
  }
  return { manifest: { ...manifest, annotations, platform: UNKNOWN }, config, layers: [layer] }
}

/** SPEC: purl-spec docker. An image without a name is one all the same. */
function subjectsOf({ digest, platform }: Descriptor, names: readonly ImageReference[]): unknown {
  const sha256 = hexOf(digest)
  if (names.length === 0) return [{ name: '_', digest: { sha256 } }]
  const qualifier = platform ? `?platform=${encodeURIComponent(formatPlatform(platform))}` : ''
  return names.map((reference) => {
    const name = repositoryName(reference).replace(/^docker\.io\/(?:library\/)?/, '')
    return { name: `pkg:docker/${name}@${reference.tag ?? 'latest'}${qualifier}`, digest: { sha256 } }
  })
}
