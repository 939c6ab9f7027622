import { digestOf, MediaType, parseIndex, parseManifest, parseUntrustedJson } from '../../image-spec/index.ts'
import type { FetchedManifest } from '../../registry/index.ts'

/** Parses a manifest or index of a layout, an archive or the store. Its digest is computed from the bytes. */
export function readDocument(bytes: Uint8Array): FetchedManifest {
  const [digest, size] = [digestOf(bytes), bytes.length]
  if (looksLikeIndex(bytes)) {
    const index = parseIndex(bytes)
    return { kind: 'index', descriptor: { mediaType: index.mediaType, digest, size }, index, bytes }
  }
  const manifest = parseManifest(bytes)
  return { kind: 'manifest', descriptor: { mediaType: manifest.mediaType, digest, size }, manifest, bytes }
}

/**
 * SPEC: image-spec manifest.md: the media type may be absent in the document; its fields decide then. Readers refuse
 * documents with both kinds of fields.
 */
function looksLikeIndex(bytes: Uint8Array): boolean {
  try {
    const document: unknown = parseUntrustedJson(Buffer.from(bytes).toString('utf8'))
    if (typeof document !== 'object' || document === null) return false
    const mediaType: unknown = Reflect.get(document, 'mediaType')
    if (mediaType === undefined) return 'manifests' in document
    return isIndexType(String(mediaType))
  } catch {
    return false // the manifest parser reports the error
  }
}

function isIndexType(mediaType: string): boolean {
  return mediaType === MediaType.ociIndex || mediaType === MediaType.dockerManifestList
}

export function isDocumentType(mediaType: string): boolean {
  return isIndexType(mediaType) || mediaType === MediaType.ociManifest || mediaType === MediaType.dockerManifest
}
