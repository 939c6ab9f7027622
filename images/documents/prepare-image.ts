import type { Descriptor } from '../../image-spec/index.ts'
import type { Image, LayerBlob, LayerCompression, LayerStore } from '../../layer-store/index.ts'
import { compressing } from '../transfer/compressing.ts'
import type { TransferProgress } from '../transfer/transfer.ts'
import type { Annotation } from './annotations.ts'
import { annotated, annotationsOn } from './annotations.ts'
import type { NamedImage, PlatformImage, PreparedImage, PreparedPlatform } from './prepared-image.ts'

/** An image of the store with its platform. */
export function platformImageOf({ id, config }: Pick<Image, 'id' | 'config'>): PlatformImage {
  const { os, architecture, variant } = config
  return { id, platform: { architecture, os, ...(variant !== undefined && { variant }) } }
}

export type ExportCompression = Omit<LayerCompression, 'onProgress'> & {
  /** Called for each layer that is compressed. */
  readonly onProgress?: TransferProgress | undefined
}

type ImageExport = ExportCompression & { readonly named: NamedImage }

/** Creates the blobs needed for an export; layers compressed earlier are reused. */
export async function prepareImage(
  store: LayerStore,
  { named, onProgress, ...compression }: ImageExport,
  signal?: AbortSignal,
): Promise<PreparedImage> {
  const { references, annotations, alwaysIndex = false } = named
  const images: PreparedPlatform[] = []
  for (const image of named.images) {
    const { chain, config } = image.unlisted ?? (await store.images.get(image.id))
    const layers: LayerBlob[] = []
    for (const position of chain.keys()) {
      const diffId = config.rootfs.diff_ids[position]
      const shown = { ...(diffId !== undefined && { onProgress: compressing(diffId, onProgress) }) }
      layers.push(await store.layers.blob(chain.slice(0, position + 1), { ...compression, ...shown }, signal))
    }
    images.push(await manifestOf(store, image, { layers, annotations, mediaTypes: compression.mediaTypes }))
  }
  const attestations = await attestationsOf(store, named.images, images)
  const { mediaTypes } = compression
  const manifest = await topOf(store, [...images, ...attestations], { annotations, alwaysIndex, mediaTypes })
  const below = [...images, ...attestations].flatMap((image) => [image.manifest, image.config, ...image.layers])
  const blobs = [manifest, ...below]
  return { references, manifest, blobs, images }
}

interface ManifestParts {
  readonly layers: readonly LayerBlob[]
  readonly annotations: readonly Annotation[] | undefined
  readonly mediaTypes: 'oci' | 'docker'
}

/** The manifest's descriptor for an index, with platform and annotations. */
export async function manifestOf(
  store: LayerStore,
  { id, platform }: PlatformImage,
  { layers, annotations, mediaTypes }: ManifestParts,
): Promise<PreparedPlatform> {
  const own = annotationsOn(annotations, 'manifest', platform)
  const { descriptor, manifest } = await store.images.manifest(id, layers, { mediaTypes, annotations: own })
  const described = annotated({ ...descriptor, platform }, annotationsOn(annotations, 'manifest-descriptor', platform))
  return { manifest: described, config: manifest.config, layers }
}

/** The attestation manifests of the images, which follow them in the index. */
export async function attestationsOf(
  store: LayerStore,
  images: readonly PlatformImage[],
  prepared: readonly PreparedPlatform[],
): Promise<readonly PreparedPlatform[]> {
  const attestations: PreparedPlatform[] = []
  for (const [position, { attestation }] of images.entries()) {
    const subject = prepared[position]?.manifest
    if (attestation === undefined || subject === undefined) continue
    const { writeAttestation } = await import('./attestation.ts')
    attestations.push(await writeAttestation(store, subject, attestation))
  }
  return attestations
}

/** The descriptor that a name refers to: the only manifest, else (or if requested) an index of all of them. */
export async function topOf(
  store: LayerStore,
  images: readonly PreparedPlatform[],
  { annotations, alwaysIndex, mediaTypes }: Omit<ManifestParts, 'layers'> & { readonly alwaysIndex: boolean },
): Promise<Descriptor> {
  const [only, ...others] = images.map(({ manifest }) => manifest)
  if (only === undefined) throw new Error('an image has at least one platform')
  if (others.length === 0 && !alwaysIndex) return only
  const index = await store.images.index([only, ...others], {
    mediaTypes,
    annotations: annotationsOn(annotations, 'index'),
  })
  return annotated(index, annotationsOn(annotations, 'index-descriptor'))
}

/** All blobs of these images without duplicates, in order of digest. */
export function blobsOf(images: readonly PreparedImage[]): readonly Descriptor[] {
  const byDigest = new Map<string, Descriptor>()
  for (const { blobs } of images) for (const blob of blobs) byDigest.set(blob.digest, blob)
  return [...byDigest.values()].sort((one, other) => (one.digest < other.digest ? -1 : 1))
}
