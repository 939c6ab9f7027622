/** Moves images between the store, registries and files: pull, push, save, load, import, layouts, attestations. Building belongs in builder/. */

export type { FileChange, ImageDifference } from './compare/compare-images.ts'
export type { ImageLocation } from './copy/image-location.ts'
export type { Annotation } from './documents/annotations.ts'
export {
  type Attestation,
  inTotoStatement,
  type Predicate as AttestedPredicate,
  type Subject,
} from './documents/attestation.ts'
export { platformImageOf } from './documents/prepare-image.ts'
export type { PlatformImage } from './documents/prepared-image.ts'
export {
  asExportError,
  asWriteError,
  type Destination,
  isSpecial,
  replacingFile,
  toDestination,
} from './files/destination.ts'
export { type FoundImages, findImages } from './local/find-images.ts'
export type { ManifestLists } from './manifest-lists/list-files.ts'
export type { ListEntry, ManifestList } from './manifest-lists/manifest-list.ts'
export type { ImageSources } from './remote/image-sources.ts'
export type { RemoteDescription } from './remote/inspect-remote.ts'
export type { CacheEntry } from './remote-cache/cache-config.ts'
export type { CacheBackend, CacheLocation, S3CacheLocation } from './remote-cache/cache-location.ts'
export type { CachedMount } from './remote-cache/mounts-config.ts'
export { type CacheLocations, createCacheLocations } from './remote-cache/open-cache-locations.ts'
export type { PackedMount } from './remote-cache/transfer-mounts.ts'
export type * from './transfer/base-images.ts'
export { createBaseImages } from './transfer/open-base-images.ts'
export {
  compareImages,
  copyImage,
  exportArchive,
  exportLayout,
  importTree,
  inspectRemote,
  loadArchive,
  openManifestLists,
  pinLayout,
  pullImage,
  pushImage,
  readCache,
  readCachedMounts,
  saveImages,
  withCachedMount,
  writeCache,
  writeCachedMounts,
  writeInlineCache,
} from './work-on-demand.ts'
