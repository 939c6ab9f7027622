import type { Descriptor, Index, Manifest, Platform } from '../../layer-store/index.ts'
import { isDigest, MediaType } from '../../layer-store/index.ts'
import { RegistryError } from '../errors.ts'
import { isRecord, parseJson } from '../transport/answer-failure.ts'

export type ManifestDocument =
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  | { readonly kind: 'index'; readonly index: Index }

export const MANIFEST_TYPES: readonly string[] = [MediaType.ociManifest, MediaType.dockerManifest]
export const INDEX_TYPES: readonly string[] = [MediaType.ociIndex, MediaType.dockerManifestList]

/**
 * Reads a manifest or an index. The content type, the document's own mediaType and its shape must agree.
 * SECURITY: a document that two readers may take for two kinds is refused (test/attack/two-faced-manifest.test.ts).
 */
export function parseManifest(bytes: Uint8Array, contentType: string | undefined, object: string): ManifestDocument {
  const document = parseJson(Buffer.from(bytes).toString('utf8'))
  if (!isRecord(document)) throw bad(object, 'it is no JSON object', 'a manifest or an index')
  if (
    document['schemaVersion'] === 1 ||
    'fsLayers' in document ||
    /docker\.distribution\.manifest\.v1\+/.test(contentType ?? '')
  ) {
    throw new RegistryError(
      'REGISTRY_UNSUPPORTED',
      `Cannot read manifest "${object}": it has the old format "schema 1"`,
      {
        hint: 'Push the image again with a current tool: the format was given up in 2017 and cannot be verified',
      },
    )
  }
  if (document['schemaVersion'] !== 2) throw bad(object, `schemaVersion ${shown(document['schemaVersion'])}`, '2')
  const mediaType = agreedType(document, contentType, object)
  const isIndex = INDEX_TYPES.includes(mediaType)
  const foreign = isIndex ? ['config', 'layers'] : ['manifests']
  const alien = foreign.find((name) => name in document)
  if (alien !== undefined) {
    throw bad(object, `"${alien}" in a document of type ${mediaType}`, 'a document of one kind only')
  }
  const annotations = readAnnotations(document['annotations'], object)
  if (isIndex) {
    const manifests = readList(document['manifests'], 'manifests', object)
    return { kind: 'index', index: { schemaVersion: 2, mediaType, manifests, ...annotations } }
  }
  const config = readDescriptor(document['config'], 'config', object)
  const layers = readList(document['layers'], 'layers', object)
  return { kind: 'manifest', manifest: { schemaVersion: 2, mediaType, config, layers, ...annotations } }
}

function agreedType(
  document: Readonly<Record<string, unknown>>,
  contentType: string | undefined,
  object: string,
): string {
  const known = [...MANIFEST_TYPES, ...INDEX_TYPES]
  const outer = contentType?.split(';')[0]?.trim().toLowerCase()
  const inner = document['mediaType']
  if (inner !== undefined && (typeof inner !== 'string' || !known.includes(inner))) {
    throw bad(object, `media type ${shown(inner)}`, known.join(', '))
  }
  const declared = outer !== undefined && known.includes(outer) ? outer : undefined
  if (declared !== undefined && inner !== undefined && declared !== inner) {
    throw bad(object, `sent as ${declared}, but called ${inner} inside`, 'one media type')
  }
  // SPEC: image-spec manifest.md: mediaType may be missing in OCI documents; then their shape tells.
  const byShape = 'manifests' in document ? MediaType.ociIndex : MediaType.ociManifest
  return (typeof inner === 'string' ? inner : undefined) ?? declared ?? byShape
}

function readList(value: unknown, name: string, object: string): readonly Descriptor[] {
  if (!Array.isArray(value)) throw bad(object, `no list "${name}"`, 'a list of descriptors')
  return value.map((item, position) => readDescriptor(item, `${name}[${position}]`, object))
}

function readDescriptor(value: unknown, name: string, object: string): Descriptor {
  if (!isRecord(value)) throw bad(object, `no descriptor "${name}"`, 'mediaType, digest and size')
  const { mediaType, digest, size, platform, urls } = value
  if (typeof mediaType !== 'string' || mediaType.length > 255) throw bad(object, `${name}.mediaType`, 'a media type')
  if (typeof digest !== 'string' || !isDigest(digest)) {
    throw bad(object, `${name}.digest ${shown(digest)}`, '"sha256:" and 64 hex digits')
  }
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw bad(object, `${name}.size ${shown(size)}`, 'a number of bytes')
  }
  return {
    mediaType,
    digest,
    size,
    ...readAnnotations(value['annotations'], object),
    ...(isRecord(platform) ? { platform: readPlatform(platform, name, object) } : {}),
    ...(Array.isArray(urls) ? { urls: urls.filter((url) => typeof url === 'string') } : {}),
  }
}

function readPlatform(value: Readonly<Record<string, unknown>>, name: string, object: string): Platform {
  const { os, architecture, variant } = value
  if (typeof os !== 'string' || typeof architecture !== 'string')
    throw bad(object, `${name}.platform`, 'os and architecture')
  const version = value['os.version']
  return {
    os,
    architecture,
    ...(typeof variant === 'string' && variant !== '' ? { variant } : {}),
    ...(typeof version === 'string' && version !== '' ? { 'os.version': version } : {}),
  }
}

function readAnnotations(value: unknown, object: string): { readonly annotations?: Readonly<Record<string, string>> } {
  if (value === undefined || value === null) return {}
  if (!isRecord(value)) throw bad(object, 'annotations that are no object', 'names and texts')
  const entries = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return { annotations: Object.fromEntries(entries) }
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'missing').slice(0, 120)
}

function bad(object: string, found: string, needed: string): RegistryError {
  return new RegistryError('REGISTRY_BAD_RESPONSE', `Cannot read manifest "${object}": ${found} (needed: ${needed})`)
}
