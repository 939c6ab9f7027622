import { findCredential, findSecret, type SecretStore } from './read-secret.ts'

/**
 * The header `authorization` for a download: secret or variable `HTTP_AUTH_HEADER_<host>`, or a bearer token in
 * `HTTP_AUTH_TOKEN_<host>`. SECURITY: only for the host that the name says.
 */
export async function httpAuthorisation(url: string, store: SecretStore): Promise<Readonly<Record<string, string>>> {
  if (!URL.canParse(url)) return {}
  const { hostname } = new URL(url)
  const found = await findCredential([`HTTP_AUTH_HEADER_${hostname}`, `HTTP_AUTH_TOKEN_${hostname}`], store)
  if (found === undefined) return {}
  const isToken = found.name.startsWith('HTTP_AUTH_TOKEN_')
  return { authorization: isToken ? `Bearer ${found.value}` : found.value }
}

/**
 * The same for a git repository by http or https: `GIT_AUTH_HEADER` or `GIT_AUTH_TOKEN`, that of the host (`.<host>`
 * behind it) first, that of any host as a secret only (`withGitTokens()`), as settings for git's environment, so that no process list shows it.
 */
export async function gitAuthorisation(url: string, store: SecretStore): Promise<Readonly<Record<string, string>>> {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) return {}
  const { host, hostname, origin } = new URL(url)
  const hosts = [...new Set([host, hostname])]
  const names = hosts.flatMap((name) => [`GIT_AUTH_HEADER.${name}`, `GIT_AUTH_TOKEN.${name}`])
  const found = (await findCredential(names, store)) ?? (await findSecret(['GIT_AUTH_HEADER', 'GIT_AUTH_TOKEN'], store))
  if (found === undefined) return {}
  const isToken = found.name.startsWith('GIT_AUTH_TOKEN')
  const header = isToken ? `basic ${Buffer.from(`x-access-token:${found.value}`).toString('base64')}` : found.value
  return {
    GIT_CONFIG_COUNT: '1',
    // SECURITY: for this server only, wherever redirects and submodules lead.
    GIT_CONFIG_KEY_0: `http.${origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: ${header}`,
  }
}
