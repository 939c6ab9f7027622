/**
 * File name of a download: the last component of its path as written. SPEC: BuildKit ADD, `__unnamed__` if there is
 * none; pathutil SafeFileName, `download` if it is unusable.
 */
export function httpFilename(url: string): string {
  const [, path = ''] = /^[a-z]+:\/\/[^/?#]*([^?#]*)/i.exec(url) ?? []
  // SECURITY: decoded first, because an encoded slash could hide "..", which would lead out of the source.
  const name = decoded(path).replace(/\/+$/, '').split('/').at(-1) ?? ''
  if (name === '' || name === '.') return '__unnamed__'
  const trimmed = name.trim()
  return trimmed === '' || trimmed === '.' || trimmed === '..' || /\p{Cc}/u.test(trimmed) ? 'download' : trimmed
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path // invalid encoding: use the text itself
  }
}

/** SPEC: BuildKit dockerui/namedcontext.go: file name of a download that is a named context. */
export const CONTEXT_FILE = 'context'
