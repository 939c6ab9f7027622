import type { Descriptor, Index, Manifest } from './descriptor.ts'
import { MediaType } from './descriptor.ts'
import { type Digest, isDigest } from './digest.ts'
import {
  asList,
  asSize,
  asTable,
  asText,
  disappointed,
  field,
  type JsonShape,
  optional,
  parseJson,
  present,
} from './json-shape.ts'
import type { Platform } from './platform.ts'

const MANIFEST_TYPES: readonly string[] = [MediaType.ociManifest, MediaType.dockerManifest]
const INDEX_TYPES: readonly string[] = [MediaType.ociIndex, MediaType.dockerManifestList]
const MAX_LAYERS = 4096

/**
 * An image manifest. SPEC: image-spec manifest.md. `mediaType` is how it was announced, for documents that do not say
 * it themselves. SECURITY: a document that could be read as manifest and as index is refused.
 */
export function parseManifest(bytes: Uint8Array, mediaType?: string): Manifest {
  const document = parseJson(bytes, 'image manifest')
  const found = mediaTypeOf(document, mediaType ?? MediaType.ociManifest, MANIFEST_TYPES)
  refuse(document, 'manifests')
  refuse(document, 'fsLayers')
  const layers = asList(field(document, 'layers'), parseDescriptor)
  if (layers.length > MAX_LAYERS) throw disappointed(field(document, 'layers'), `at most ${MAX_LAYERS} layers`)
  return {
    schemaVersion: 2,
    mediaType: found,
    config: parseDescriptor(field(document, 'config')),
    layers,
    ...present('annotations', optional(field(document, 'annotations'), asTexts)),
  }
}

/** An image index or manifest list. SPEC: image-spec image-index.md */
export function parseIndex(bytes: Uint8Array, mediaType?: string): Index {
  const document = parseJson(bytes, 'image index')
  const found = mediaTypeOf(document, mediaType ?? MediaType.ociIndex, INDEX_TYPES)
  refuse(document, 'layers')
  refuse(document, 'config')
  return {
    schemaVersion: 2,
    mediaType: found,
    manifests: asList(field(document, 'manifests'), parseDescriptor),
    ...present('annotations', optional(field(document, 'annotations'), asTexts)),
  }
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
  }
}

export function asDigest(shape: JsonShape): Digest {
  const text = asText(shape)
  if (!isDigest(text)) throw disappointed(shape, 'a sha256 digest')
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
  }
}

function mediaTypeOf(document: JsonShape, announced: string, allowed: readonly string[]): string {
  const version = field(document, 'schemaVersion')
  if (version.value !== 2) throw disappointed(version, '2')
  const own = field(document, 'mediaType')
  const found = optional(own, asText) ?? announced
  if (!allowed.includes(found)) throw disappointed({ ...own, value: found }, allowed.join(' or '))
  return found
}

function refuse(document: JsonShape, key: string): void {
  const found = field(document, key)
  if (found.value !== undefined) throw disappointed({ ...found, value: '…' }, 'no such key in a document of this kind')
}
