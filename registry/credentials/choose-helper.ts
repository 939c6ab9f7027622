import type { CredentialScope } from '../registry-client.ts'
import { isRecord } from '../transport/response-error.ts'
import { type AuthFile, nameOfKey } from './auth-file.ts'

/** The credential helper for a host: `credHelpers` before `credsStore`. They cannot store namespaces. */
export function chooseHelper(file: AuthFile, { host, repository }: CredentialScope): string | undefined {
  if (repository !== undefined) return undefined
  const { credHelpers, credsStore } = file.document
  if (isRecord(credHelpers)) {
    const key = Object.keys(credHelpers).find((name) => nameOfKey(name) === host)
    const helper = key === undefined ? undefined : credHelpers[key]
    if (typeof helper === 'string' && helper !== '') return helper
  }
  return typeof credsStore === 'string' && credsStore !== '' ? credsStore : undefined
}
