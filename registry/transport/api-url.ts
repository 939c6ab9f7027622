import type { PlacedReference } from '../settings/pull-sources.ts'

/** An address of the registry's API, `rest` being the part after the repository's name. */
export function apiUrl(origin: string, reference: PlacedReference, rest: string): URL {
  const { apiPath = '/v2', repository, namespace } = reference
  const url = new URL(`${apiPath}/${repository}/${rest}`, origin)
  if (namespace !== undefined) url.searchParams.set('ns', namespace)
  return url
}
