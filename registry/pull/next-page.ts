import { RegistryError } from '../errors.ts'

/** SPEC: RFC 8288 section 3: links are separated by commas, their parameters have any order. */
const LINK = /<([^<>]*)>((?:\s*;\s*[\w*-]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]+))?)*)/g
const PARAMETER = /;\s*([\w*-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]+)))?/g

function isNext(parameters: string): boolean {
  const relation = [...parameters.matchAll(PARAMETER)].find(([, name]) => name?.toLowerCase() === 'rel')
  const names = relation?.[2] ?? relation?.[3] ?? ''
  return names.toLowerCase().split(/\s+/).includes('next')
}

/**
 * The next page of a list. SECURITY: it must be at the same URL as the first page: only the query of a link is used, as
 * a registry behind a proxy may not know its own address. A link to another list is refused, since stopping there would
 * hide entries, and one to a page that was already read, which would never end. SPEC: distribution-spec
 * spec.md#listing-tags
 */
export function nextPage(link: string | undefined, current: URL, read: Set<string>): URL | undefined {
  read.add(current.href)
  const target = [...(link ?? '').matchAll(LINK)].find(([, , parameters = '']) => isNext(parameters))?.[1]
  if (target === undefined) return undefined
  const named = URL.canParse(target, current.href) ? new URL(target, current) : undefined
  if (named?.pathname !== current.pathname) throw bad(current, 'at another path (expected the path of the first page)')
  const next = new URL(current)
  next.search = named.search
  if (read.has(next.href)) throw bad(current, 'one that it has already sent (expected another page)')
  return next
}

function bad(current: URL, found: string): RegistryError {
  const message = `Cannot follow registry "${current.host}": the next page of its list is ${found}`
  return new RegistryError('REGISTRY_BAD_RESPONSE', message, {
    hint: 'Report it to the operator of the registry',
  })
}
