import { resolve } from 'node:path'
import { familiarName, type ImageReference, parseReference, withDefaultTag } from '../../image-spec/index.ts'
import { type ManifestList, type ManifestLists, openManifestLists } from '../../images/index.ts'
import { defaultRoot } from '../../layer-store/index.ts'
import type { Call } from '../command.ts'
import { CliError } from '../errors.ts'
import type { FlagTable } from '../flags/flag-table.ts'
import { insecureHostsOf, tlsVerifyFlag } from '../flags/tls-verify.ts'

/** `insecure` is docker's flag, `tls-verify` podman's. */
export const insecureFlags = {
  insecure: { kind: 'bool', help: 'Allow communication with an insecure registry' },
  'tls-verify': tlsVerifyFlag,
} as const satisfies FlagTable

interface Insecure {
  readonly insecure: boolean
  readonly 'tls-verify': string
  readonly 'insecure-registry': readonly string[]
}

/** Engine options for these registries. */
export function insecureOptions(values: Insecure, references: readonly ImageReference[]) {
  return insecureHostsOf({ ...values, 'tls-verify': values.insecure ? 'false' : values['tls-verify'] }, ...references)
}

/** An image name of the command line with its tag. */
export function namedReference(text: string): ImageReference {
  return withDefaultTag(parseReference(text))
}

/** The lists of the call's store. */
export async function listsOf(call: Pick<Call, 'engine'>, options = {}): Promise<ManifestLists> {
  const { store } = await call.engine(options)
  return (await openManifestLists()).manifestLists(store.root)
}

/**
 * Registries of the list and its images, each of which may be in another registry. Determined before the engine is
 * opened with them.
 */
export async function registriesOf(
  { values, io }: Pick<Call, 'values' | 'io'>,
  name: ImageReference,
): Promise<readonly ImageReference[]> {
  const root = resolve(values.root ?? defaultRoot(io.env, process.getuid?.() ?? 0))
  const list = await (await openManifestLists()).manifestLists(root).find(name)
  return [name, ...(list?.entries ?? []).map(({ reference }) => reference)]
}

export async function requireList(lists: ManifestLists, name: ImageReference): Promise<ManifestList> {
  const list = await lists.find(name)
  if (list !== undefined) return list
  throw new CliError('CLI_NOT_FOUND', `Cannot find the manifest list "${familiarName(name)}": no such manifest list`, {
    hint: `Create it: tsbuild manifest create ${familiarName(name)} MANIFEST...`,
  })
}
