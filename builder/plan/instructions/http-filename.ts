/** The name that a download gets: the last part of its path. SPEC: BuildKit ADD, `__unnamed__` where there is none. */
export function httpFilename(url: string): string {
  const path = URL.canParse(url) ? new URL(url).pathname : ''
  const name = decoded(path).split('/').filter(Boolean).at(-1)
  // SECURITY: an encoded slash could hide "..", which as a name would lead out of the source.
  return name === undefined || name === '.' || name === '..' || name.includes('\0') ? '__unnamed__' : name
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path // no valid encoding: the text itself is the name
  }
}

/** SPEC: BuildKit dockerui/namedcontext.go: of a download that is a named context. */
export const CONTEXT_FILE = 'context'
