/** Which addresses builds may reach from this machine. Knows nothing about builds. */

export { type GitProxy, openGitProxy } from './git-proxy.ts'
export { AddressRefused, guardedLookup, hiddenAddresses, isForbidden } from './guarded-lookup.ts'
