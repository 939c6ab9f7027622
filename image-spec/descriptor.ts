import { type Digest, isDigest } from './digest.ts'
import {
  asList,
  asSize,
  asTable,
  asText,
  field,
  type JsonShape,
  optional,
  present,
  unexpectedShape,
} from './json-shape.ts'
import type { Platform } from './platform.ts'

/** The only way to name a blob. SPEC: image-spec descriptor.md */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
  readonly annotations?: Readonly<Record<string, string>>
  readonly platform?: Platform
  readonly urls?: readonly string[]
  /** Artifact type of the manifest, if it is an artifact's. */
  readonly artifactType?: string
}

export const MediaType = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const

/**
 * A layer that registries should not store: its bytes come from its `urls`. SPEC: image-spec
 * layer.md#non-distributable-layers
 */
export function isForeignLayer({ mediaType }: Descriptor): boolean {
  return /^application\/vnd\.(?:oci\.image\.layer\.nondistributable\.v1\.|docker\.image\.rootfs\.foreign\.diff\.)/.test(
    mediaType,
  )
}

export function parseDescriptor(shape: JsonShape): Descriptor {
  return {
    mediaType: asText(field(shape, 'mediaType')),
    digest: asDigest(field(shape, 'digest')),
    size: asSize(field(shape, 'size')),
    ...present('annotations', optional(field(shape, 'annotations'), asTexts)),
    ...present('platform', optional(field(shape, 'platform'), parsePlatform)),
    ...present(
      'urls',
      optional(field(shape, 'urls'), (urls) => asList(urls, asText)),
    ),
    ...present('artifactType', optional(field(shape, 'artifactType'), asText)),
  }
}

export function asDigest(shape: JsonShape): Digest {
  const text = asText(shape)
  if (!isDigest(text)) throw unexpectedShape(shape, 'a sha256 digest')
  return text
}

export function asTexts(shape: JsonShape): Record<string, string> {
  return asTable(shape, asText)
}

function parsePlatform(shape: JsonShape): Platform {
  return {
    os: asText(field(shape, 'os')),
    architecture: asText(field(shape, 'architecture')),
    ...present('variant', optional(field(shape, 'variant'), asText)),
    ...present('os.version', optional(field(shape, 'os.version'), asText)),
    ...present(
      'os.features',
      optional(field(shape, 'os.features'), (features) => asList(features, asText)),
    ),
  }
}
