/** OCI nouns: rules, parser and printer of each. Pure, without I/O; docker notations belong in notation/. */
export { bestFor, choosePlatform, listPlatforms } from './choose-platform.ts'
export type { Descriptor } from './descriptor.ts'
export { asDigest, asTexts, isForeignLayer, MediaType, parseDescriptor } from './descriptor.ts'
export type { Digest } from './digest.ts'
export { digestOf, hexOf, isDigest, parseDigest, parseIdPrefix } from './digest.ts'
export { ImageSpecError } from './errors.ts'
export { estargzAnnotations, isEstargz, keptEstargzAnnotations } from './estargz.ts'
export type * from './image-config.ts'
export { INLINE_CACHE_KEY, parseImageConfig, printImageConfig } from './image-config.ts'
export type { JsonShape } from './json-shape.ts'
export {
  asBoolean,
  asList,
  asSize,
  asText,
  asWholeNumber,
  field,
  optional,
  parseJson,
  present,
  unexpectedShape,
} from './json-shape.ts'
export { type Index, type Manifest, parseIndex, parseManifest } from './manifest.ts'
export {
  foreignPlatform,
  formatPlatform,
  hostPlatform,
  KNOWN_ARCHITECTURES,
  KNOWN_OS,
  normalizePlatform,
  type Platform,
  parsePlatform,
} from './platform.ts'
export { printJson, withGreatestInteger } from './print-json.ts'
export { printManifest } from './print-manifest.ts'
export type { DigestReference, ImageReference } from './reference.ts'
export {
  familiarName,
  familiarRepository,
  fullName,
  isTag,
  parseReference,
  repositoryName,
  storedName,
  withDefaultTag,
} from './reference.ts'
export { parseUntrustedJson } from './untrusted-json.ts'
