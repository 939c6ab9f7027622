import type { Package } from './package.ts'

/** SPEC: package-url. Types have their own rules for letter case. */
export function purlOf({ type, namespace, name, version, qualifiers = {} }: Package): string {
  const path = [...(namespace ?? '').split('/'), name].filter((part) => part !== '')
  const query = Object.entries(qualifiers)
    .filter(([, value]) => value !== '')
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, value]) => `${key}=${encode(value)}`)
  const suffix = query.length === 0 ? '' : `?${query.join('&')}`
  const at = version === '' ? '' : `@${encode(version)}`
  return `pkg:${type}/${path.map((part) => encode(inCaseOf(type, part))).join('/')}${at}${suffix}`
}

function inCaseOf(type: Package['type'], part: string): string {
  if (type === 'pypi') return part.toLowerCase().replaceAll('_', '-')
  return type === 'deb' || type === 'apk' || type === 'golang' ? part.toLowerCase() : part
}

/** Letters, digits and `.-_~` stay, and so does the colon. */
function encode(text: string): string {
  const escaped = (letter: string) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`
  return encodeURIComponent(text)
    .replaceAll('%3A', ':')
    .replace(/[!'()*]/g, escaped)
}
