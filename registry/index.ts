/** The only door of the registry client. undici is loaded here, when the network is first needed. */
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
// createRegistryClient(options: RegistryOptions): RegistryClient
// dockerCredentials(env): CredentialSource; storeCredentials(host, credentials), eraseCredentials(host)
// choosePlatform(index: Index, want: Platform): Descriptor | undefined
