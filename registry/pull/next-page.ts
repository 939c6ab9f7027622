import { RegistryError } from '../errors.ts'

/**
 * The next page of a list. SECURITY: it must be at the same URL as the first page: only the query of a link is used, as
 * a registry behind a proxy may not know its own address. A link to another list is refused, since stopping there would
 * hide entries. SPEC: distribution-spec spec.md#listing-tags
 */
export function nextPage(link: string | undefined, current: URL): URL | undefined {
  const target = /<([^>]*)>\s*;\s*rel="?next"?/i.exec(link ?? '')?.[1]
  if (target === undefined) return undefined
  const named = URL.canParse(target, current.href) ? new URL(target, current) : undefined
  if (named?.pathname !== current.pathname) throw elsewhere(current)
  const next = new URL(current)
  next.search = named.search
  return next
}

function elsewhere(current: URL): RegistryError {
  const found = 'the next page of its list is at another path (expected the path of the first page)'
  return new RegistryError('REGISTRY_BAD_RESPONSE', `Cannot follow registry "${current.host}": ${found}`)
}
