/**
 * The next page of a list. SECURITY: it is where the first one was, at the same registry; a link elsewhere is the end.
 * SPEC: distribution-spec spec.md#listing-tags
 */
export function nextPage(link: string | undefined, current: URL): URL | undefined {
  const target = /<([^>]*)>\s*;\s*rel="?next"?/i.exec(link ?? '')?.[1]
  if (target === undefined || !URL.canParse(target, current.href)) return undefined
  const next = new URL(target, current)
  return next.origin === current.origin && next.pathname === current.pathname ? next : undefined
}
