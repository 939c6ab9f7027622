/** SECURITY: for URLs that are published, as in provenance and the `.git` directory of an image. */
export function withoutCredentials(url: string): string {
  // git@host:path; with a password, URL would take the user for a scheme.
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(url) || !URL.canParse(url))
    return url.replace(/^[^/@]*@/, (user) => user.replace(/:.*@/, '@'))
  const parsed = new URL(url)
  if (parsed.username === '' && parsed.password === '') return url
  parsed.username = ''
  parsed.password = ''
  return parsed.href
}

/** The header `authorization` for the user and password in a URL; undefined if it has neither. */
export function basicAuthorization({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined
  const pair = `${unescaped(username)}:${unescaped(password)}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // a "%" that is not an escape
  }
}
