/** The only door of the registry client. undici is loaded here, when the network is first needed. */
export { bestFor, choosePlatform, formatPlatform, listPlatforms } from './choose-platform.ts'
export { createRegistryClient } from './create-client.ts'
export type { StoredPlace } from './credentials/docker-credentials.ts'
export { dockerCredentials, eraseCredentials, storeCredentials } from './credentials/docker-credentials.ts'
export type { Downloaded, Downloader, DownloadRequest } from './download.ts'
export { createDownloader } from './download.ts'
export type { DownloadBlobRequest } from './download-blob.ts'
export { downloadBlob } from './download-blob.ts'
export type { RegistryErrorCode } from './errors.ts'
export { RegistryError } from './errors.ts'
export type { ImageReference } from './reference.ts'
export {
  familiarName,
  familiarRepository,
  fullName,
  parseReference,
  repositoryName,
  withDefaultTag,
} from './reference.ts'
export type * from './registry-client.ts'
export { parseHost } from './transport/hosts.ts'
