import { asTexts, type Descriptor, MediaType, parseDescriptor } from './descriptor.ts'
import { asList, asText, field, type JsonShape, optional, parseJson, present, unexpectedShape } from './json-shape.ts'

export interface Manifest {
  readonly schemaVersion: 2
  readonly mediaType: string
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly artifactType?: string
  /** What this manifest refers to, such as the image of a signature. */
  readonly subject?: Descriptor
  readonly annotations?: Readonly<Record<string, string>>
}

export interface Index {
  readonly schemaVersion: 2
  readonly mediaType: string
  readonly manifests: readonly Descriptor[]
  readonly artifactType?: string
  /** What this index refers to, such as the image of a signature. */
  readonly subject?: Descriptor
  readonly annotations?: Readonly<Record<string, string>>
}

const MANIFEST_TYPES: readonly string[] = [MediaType.ociManifest, MediaType.dockerManifest]
const INDEX_TYPES: readonly string[] = [MediaType.ociIndex, MediaType.dockerManifestList]
const MAX_LAYERS = 4096

/**
 * Parses an image manifest. SPEC: image-spec manifest.md. `mediaType` is the announced type, for documents that have
 * none. SECURITY: a document that could be both a manifest and an index is refused.
 */
export function parseManifest(bytes: Uint8Array, mediaType?: string): Manifest {
  const document = parseJson(bytes, 'image manifest')
  const found = mediaTypeOf(document, mediaType ?? MediaType.ociManifest, MANIFEST_TYPES)
  refuse(document, 'manifests')
  refuse(document, 'fsLayers')
  const listed = field(document, 'layers')
  // null: written by BuildKit for an image without layers
  const layers = listed.value === null ? [] : asList(listed, parseDescriptor)
  if (layers.length > MAX_LAYERS) throw unexpectedShape(listed, `at most ${MAX_LAYERS} layers`)
  return {
    schemaVersion: 2,
    mediaType: found,
    config: parseDescriptor(field(document, 'config')),
    layers,
    ...parseReferring(document),
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
    ...parseReferring(document),
    ...present('annotations', optional(field(document, 'annotations'), asTexts)),
  }
}

function parseReferring(document: JsonShape): Pick<Manifest, 'artifactType' | 'subject'> {
  return {
    ...present('artifactType', optional(field(document, 'artifactType'), asText)),
    ...present('subject', optional(field(document, 'subject'), parseDescriptor)),
  }
}

function mediaTypeOf(document: JsonShape, announced: string, allowed: readonly string[]): string {
  const version = field(document, 'schemaVersion')
  if (version.value !== 2) throw unexpectedShape(version, '2')
  const own = field(document, 'mediaType')
  const found = optional(own, asText) ?? announced
  if (!allowed.includes(found)) throw unexpectedShape({ ...own, value: found }, allowed.join(' or '))
  return found
}

function refuse(document: JsonShape, key: string): void {
  const found = field(document, key)
  if (found.value !== undefined)
    throw unexpectedShape({ ...found, value: '…' }, 'no such key in a document of this kind')
}
