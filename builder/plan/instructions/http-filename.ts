/** File name of a download: the last component of its path. SPEC: BuildKit ADD, `__unnamed__` if there is none. */
export function httpFilename(url: string): string {
  const path = URL.canParse(url) ? new URL(url).pathname : ''
  const name = decoded(path).split('/').filter(Boolean).at(-1)
  // SECURITY: an encoded slash could hide "..", which would lead out of the source.
  return name === undefined || name === '.' || name === '..' || name.includes('\0') ? '__unnamed__' : name
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
