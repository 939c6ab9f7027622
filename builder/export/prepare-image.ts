import type { Descriptor, Digest, LayerCompression, LayerStore } from '../../layer-store/index.ts'

/** An image to be exported, under these names (full references with a tag; none is fine). */
export interface NamedImage {
  readonly id: Digest
  readonly references: readonly string[]
  /** Of its manifest; only OCI manifests have any. */
  readonly annotations?: Readonly<Record<string, string>>
}

/** Every blob of an image is in the store, its manifest too. */
export interface PreparedImage {
  readonly references: readonly string[]
  readonly manifest: Descriptor
  readonly config: Descriptor
  /** Bottom first. */
  readonly layers: readonly Descriptor[]
}

/** Makes the blobs that an export needs; layers that were compressed before are taken as they are. */
export async function prepareImage(
  store: LayerStore,
  image: NamedImage,
  compression: LayerCompression,
  signal?: AbortSignal,
): Promise<PreparedImage> {
  const { chain } = await store.images.get(image.id)
  const layers: Descriptor[] = []
  for (const position of chain.keys()) layers.push(await store.layers.blob(chain, position, compression, signal))
  const { descriptor, manifest } = await store.images.manifest(
    image.id,
    layers,
    compression.mediaTypes,
    image.annotations,
  )
  return { references: image.references, manifest: descriptor, config: manifest.config, layers }
}

/** All blobs of these images, each once, in the order of their digests. */
export function blobsOf(images: readonly PreparedImage[]): readonly Descriptor[] {
  const byDigest = new Map<string, Descriptor>()
  for (const { manifest, config, layers } of images) {
    for (const blob of [manifest, config, ...layers]) byDigest.set(blob.digest, blob)
  }
  return [...byDigest.values()].sort((one, other) => (one.digest < other.digest ? -1 : 1))
}
