/** Client for the distribution spec. The store of images belongs in layer-store/, whole pulls and pushes in images/. */
export { createRegistryClient } from './create-client.ts'
export { dockerCredentials, eraseCredentials, storeCredentials } from './credentials/docker-credentials.ts'
export { dockerProxies } from './credentials/docker-proxies.ts'
export type { Downloaded, Downloader } from './download.ts'
export { createDownloader } from './download.ts'
export { RegistryError } from './errors.ts'
export type { DownloadBlobRequest } from './pull/download-blob.ts'
export { downloadBlob } from './pull/download-blob.ts'
export type * from './registry-client.ts'
export {
  bodyOf,
  createServerClient,
  readCapped,
  type ServerBody,
  type ServerClient,
  type ServerResponse,
} from './server-client.ts'
export { readRegistrySettings } from './settings/read-settings.ts'
export type * from './settings/registry-settings.ts'
export { isLoopback, parseLoginServer } from './transport/hosts.ts'
export { createHttpClient, type Fetch, type FetchAnswer, openFetch } from './transport/http-client.ts'
export { findProxy } from './transport/proxy.ts'
