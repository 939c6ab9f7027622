import {
  ImageSpecError,
  type Index,
  type Manifest,
  MediaType,
  parseIndex,
  parseManifest,
  parseUntrustedJson,
} from '../../image-spec/index.ts'
import { RegistryError } from '../errors.ts'
import { isRecord } from '../transport/response-error.ts'

export type ManifestDocument =
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  | { readonly kind: 'index'; readonly index: Index }

export const MANIFEST_TYPES: readonly string[] = [MediaType.ociManifest, MediaType.dockerManifest]
export const INDEX_TYPES: readonly string[] = [MediaType.ociIndex, MediaType.dockerManifestList]

/**
 * Parses a manifest or index. The content type, the document's own mediaType and its fields must agree.
 * SECURITY: a document that two readers could take for different kinds is refused
 * (test/attack/registries/registry-answers.test.ts).
 */
export function parseResponse(bytes: Uint8Array, contentType: string | undefined, object: string): ManifestDocument {
  const document = readDocument(bytes, object)
  if (!isRecord(document)) throw bad(object, 'not a JSON object (expected a manifest or an index)')
  refuseOldSchema(document, contentType, object)
  const mediaType = agreedType(document, contentType, object)
  try {
    return INDEX_TYPES.includes(mediaType)
      ? { kind: 'index', index: parseIndex(bytes, mediaType) }
      : { kind: 'manifest', manifest: parseManifest(bytes, mediaType) }
  } catch (cause) {
    if (!(cause instanceof ImageSpecError)) throw cause
    throw bad(object, cause.message, cause)
  }
}

function readDocument(bytes: Uint8Array, object: string): unknown {
  try {
    return parseUntrustedJson(Buffer.from(bytes).toString('utf8'))
  } catch (cause) {
    const isDeep = cause instanceof Error && cause.message.startsWith('nested')
    throw bad(object, `${isDeep ? cause.message : 'not JSON'} (expected a manifest or an index)`, cause)
  }
}

function refuseOldSchema(
  document: Readonly<Record<string, unknown>>,
  contentType: string | undefined,
  object: string,
): void {
  const isOld = document['schemaVersion'] === 1 || /docker\.distribution\.manifest\.v1\+/.test(contentType ?? '')
  if (!isOld) return
  const message = `Cannot read manifest "${object}": it has Docker's old format "schema 1" (expected schema 2 or OCI)`
  throw new RegistryError('REGISTRY_UNSUPPORTED', message, {
    hint: 'Push the image again with a current tool: the old format is deprecated and cannot be verified',
  })
}

/**
 * SPEC: image-spec manifest.md: mediaType may be absent in the document; then the content type decides, and finally its
 * fields.
 */
function agreedType(
  document: Readonly<Record<string, unknown>>,
  contentType: string | undefined,
  object: string,
): string {
  const inner = document['mediaType']
  const outer = contentType?.split(';')[0]?.trim().toLowerCase()
  const declared = outer !== undefined && [...MANIFEST_TYPES, ...INDEX_TYPES].includes(outer) ? outer : undefined
  if (typeof inner === 'string' && declared !== undefined && inner !== declared) {
    throw bad(object, `sent as ${declared}, but its mediaType is ${inner.slice(0, 100)} (expected one media type)`)
  }
  const byShape = 'manifests' in document ? MediaType.ociIndex : MediaType.ociManifest
  return (typeof inner === 'string' ? inner : undefined) ?? declared ?? byShape
}

function bad(object: string, found: string, cause?: unknown): RegistryError {
  return new RegistryError('REGISTRY_BAD_RESPONSE', `Cannot read manifest "${object}": ${found}`, { cause })
}
