/** The only door of the registry client. undici is loaded here, when the network is first needed. */
export type { ImageReference } from './reference.ts'
export type * from './registry-client.ts'
// createRegistryClient(options: RegistryOptions): RegistryClient
// parseReference, withDefaultTag, fullName, familiarName
// dockerCredentials(env): CredentialSource; storeCredentials(host, credentials), eraseCredentials(host)
// choosePlatform(index: Index, want: Platform): Descriptor | undefined
// RegistryError
