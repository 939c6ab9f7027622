import {
  type Descriptor,
  type Digest,
  type Index,
  type Manifest,
  MediaType,
  parseImageConfig,
  parseUntrustedJson,
  printJson,
  printManifest,
} from '../../image-spec/index.ts'
import type { BlobStore } from '../blob-store.ts'
import type { DocumentForm, Images } from '../images.ts'
import type { LayerBlob } from '../layers.ts'

interface Blobs {
  readonly blobs: BlobStore
}

export async function writeManifest(
  parts: Blobs,
  { id, layers }: { readonly id: Digest; readonly layers: readonly LayerBlob[] },
  form: DocumentForm,
): ReturnType<Images['manifest']> {
  const isOci = form.mediaTypes === 'oci'
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: isOci ? MediaType.ociManifest : MediaType.dockerManifest,
    config: await configDescriptor(parts, await configOver(parts, id, layers), form.mediaTypes),
    layers: layers.map(({ diffId: _, ...descriptor }) => descriptor),
    ...(form.annotations && { annotations: form.annotations }),
  }
  const bytes = Buffer.from(printManifest(manifest))
  const { digest, size } = await parts.blobs.putBytes(bytes)
  return { descriptor: { mediaType: manifest.mediaType, digest, size }, manifest }
}

/** The configuration with the diff IDs of the layers as written; all other fields are kept. */
async function configOver({ blobs }: Blobs, id: Digest, layers: readonly LayerBlob[]): Promise<Digest> {
  if (layers.every(({ diffId }) => diffId === undefined)) return id
  const bytes = await blobs.read(id)
  const { rootfs } = parseImageConfig(bytes)
  const diffIds = rootfs.diff_ids.map((diffId, position) => layers[position]?.diffId ?? diffId)
  const whole = parseUntrustedJson(Buffer.from(bytes).toString()) as object // checked by parseImageConfig()
  const changed = { ...whole, rootfs: { ...rootfs, diff_ids: diffIds } }
  const { digest } = await blobs.putBytes(Buffer.from(printJson(changed)))
  return digest
}

export async function configDescriptor(
  { blobs }: Blobs,
  digest: Digest,
  mediaTypes: 'oci' | 'docker',
): Promise<Descriptor> {
  const { length } = await blobs.read(digest)
  return { mediaType: mediaTypes === 'oci' ? MediaType.ociConfig : MediaType.dockerConfig, digest, size: length }
}

export async function writeIndex(
  { blobs }: Blobs,
  manifests: readonly Descriptor[],
  { mediaTypes, annotations }: DocumentForm,
): Promise<Descriptor> {
  const index: Index = {
    schemaVersion: 2,
    mediaType: mediaTypes === 'oci' ? MediaType.ociIndex : MediaType.dockerManifestList,
    manifests,
    ...(annotations && { annotations }),
  }
  const { digest, size } = await blobs.putBytes(Buffer.from(printManifest(index)))
  return { mediaType: index.mediaType, digest, size }
}
