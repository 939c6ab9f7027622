import type { ImageReference } from '../../image-spec/index.ts'
import { usageError } from '../errors.ts'
import type { Flag } from './flag-table.ts'

/** As in podman, for the registry that the command names. */
export const tlsVerifyFlag = {
  kind: 'string',
  value: 'bool',
  bare: 'true',
  default: 'true',
  choices: ['true', 'false'],
  help: "Check the registry's certificate; false also allows plain HTTP",
} as const satisfies Flag

/** The registries that may be insecure for this command; empty without the flag. */
export function insecureHostsOf(
  values: { readonly 'tls-verify': string; readonly 'insecure-registry': readonly string[] },
  ...registries: readonly Pick<ImageReference, 'host'>[]
): { readonly insecureHosts?: readonly string[] } {
  const hosts = registries.map(({ host }) => host)
  return values['tls-verify'] === 'false' ? { insecureHosts: [...values['insecure-registry'], ...hosts] } : {}
}

/** Throws CLI_USAGE if the flag would have no effect. */
export function refuseWithoutRemote(values: { readonly remote: boolean; readonly 'tls-verify': string }): void {
  if (!values.remote && values['tls-verify'] === 'false')
    throw usageError('Cannot use "--tls-verify" without "--remote": the store has no certificate to check')
}
