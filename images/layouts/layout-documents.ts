import {
  type Descriptor,
  type Digest,
  familiarName,
  hexOf,
  type Index,
  MediaType,
  parseReference,
} from '../../image-spec/index.ts'
import type { PreparedImage } from '../documents/prepared-image.ts'
import { IMAGE_NAME, REF_NAME } from './layout-names.ts'

/** SPEC: image-spec image-layout.md#oci-layout-file */
export const OCI_LAYOUT = '{"imageLayoutVersion":"1.0.0"}'

export function blobName(digest: Digest): string {
  return `blobs/sha256/${hexOf(digest)}`
}

/** SPEC: image-spec image-layout.md#indexjson-file. An image without a name has one entry, too. */
export function indexOf(images: readonly PreparedImage[]): Index {
  return { schemaVersion: 2, mediaType: MediaType.ociIndex, manifests: images.flatMap(indexEntries) }
}

export function indexEntries({ manifest, references }: PreparedImage): readonly Descriptor[] {
  if (references.length === 0) return [manifest]
  return references.map((reference) => {
    const { tag } = parseReference(reference)
    const named = { ...(tag !== undefined && { [REF_NAME]: tag }) }
    return { ...manifest, annotations: { ...manifest.annotations, [IMAGE_NAME]: reference, ...named } }
  })
}

/** The manifest.json for `docker load`: paths within the archive, layers bottom first, short names. */
export function dockerManifestOf(images: readonly PreparedImage[]): unknown {
  return images.flatMap(({ images: platforms, references }) =>
    platforms.map(({ config, layers }) => ({
      Config: blobName(config.digest),
      // SPEC: docker writes null, not an empty list.
      RepoTags: references.length === 0 ? null : references.map((name) => familiarName(parseReference(name))),
      Layers: layers.map(({ digest }) => blobName(digest)),
    })),
  )
}
