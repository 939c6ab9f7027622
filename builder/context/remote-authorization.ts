import { basicAuthorization } from '../../notation/index.ts'
import { findCredential, findSecret, type SecretStore } from './read-secret.ts'

/**
 * The `authorization` header for a download: the secret or variable `HTTP_AUTH_HEADER_<host>`, or a bearer token in
 * `HTTP_AUTH_TOKEN_<host>`, else user and password from the URL. SECURITY: sent only to the host in the name.
 */
export async function httpAuthorization(url: string, store: SecretStore): Promise<Readonly<Record<string, string>>> {
  if (!URL.canParse(url)) return {}
  const parsed = new URL(url)
  const { hostname } = parsed
  const found = await findCredential([`HTTP_AUTH_HEADER_${hostname}`, `HTTP_AUTH_TOKEN_${hostname}`], store)
  const own = basicAuthorization(parsed)
  if (found === undefined) return { ...(own !== undefined && { authorization: own }) }
  const isToken = found.name.startsWith('HTTP_AUTH_TOKEN_')
  return { authorization: isToken ? `Bearer ${found.value}` : found.value }
}

/**
 * Likewise for a git repository over http or https: `GIT_AUTH_HEADER` or `GIT_AUTH_TOKEN`. The one for the host (suffix
 * `.<host>`) takes precedence, one for any host must be a secret (`withGitTokens()`), and the URL's credentials come
 * last. They are passed in git's environment so that no process list shows them.
 */
export async function gitAuthorization(url: string, store: SecretStore): Promise<Readonly<Record<string, string>>> {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) return {}
  const parsed = new URL(url)
  const header = (await headerFor(parsed, store)) ?? basicAuthorization(parsed)
  if (header === undefined) return {}
  return {
    GIT_CONFIG_COUNT: '1',
    // SECURITY: sent to this server only, wherever redirects and submodules lead.
    GIT_CONFIG_KEY_0: `http.${parsed.origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: ${header}`,
  }
}

async function headerFor({ host, hostname }: URL, store: SecretStore): Promise<string | undefined> {
  const hosts = [...new Set([host, hostname])]
  const names = hosts.flatMap((name) => [`GIT_AUTH_HEADER.${name}`, `GIT_AUTH_TOKEN.${name}`])
  const found = (await findCredential(names, store)) ?? (await findSecret(['GIT_AUTH_HEADER', 'GIT_AUTH_TOKEN'], store))
  if (found === undefined) return undefined
  const isToken = found.name.startsWith('GIT_AUTH_TOKEN')
  return isToken ? `basic ${Buffer.from(`x-access-token:${found.value}`).toString('base64')}` : found.value
}
