import { RegistryError } from '../errors.ts'
import type { Credentials } from '../registry-client.ts'
import type { Challenge } from './challenge.ts'
import { bodyOf, type Exchange, type ExchangeResponse, type RegistryOrigin, readCapped } from './exchange.ts'
import { hintForText, hintForUser } from './known-refusals.ts'
import type { Redactor } from './redact.ts'
import { resolveUrl } from './redirect.ts'
import { isPage, isRecord, PAGE_HINT, parseJson, readFailureText, refusalWord } from './response-error.ts'
import { retryAfterMs } from './retry.ts'

export interface Token {
  readonly value: string
  /** By this process's clock. */
  readonly expiresAtMs: number
  /** Replaces the identity token used, if the server rotates them. */
  readonly refreshToken?: string
}

export interface TokenRequest {
  readonly challenge: Challenge
  readonly registry: RegistryOrigin
  readonly scopes: readonly string[]
  readonly credentials: Credentials | undefined
  readonly signal?: AbortSignal | undefined
}

export interface TokenSettings {
  readonly redactor: Redactor
  readonly isInsecure: (host: string) => boolean
}

const CLIENT_ID = 'tsbuild'
const TOKEN_HINT = 'Check the realm that the registry names for its token server'
const MAX_TOKEN_BYTES = 1 << 20
/** SPEC: distribution token.md: a token is valid for a minute without expires_in, and never for less. */
const MIN_LIFETIME_S = 60
/** Fraction of its lifetime after which a token counts as expired, to allow for clock skew and long requests. */
const TRUSTED_LIFETIME = 0.85

/** Requests a token from the realm of a Bearer challenge. SPEC: distribution spec/auth/token.md and oauth.md */
export async function fetchToken(next: Exchange, request: TokenRequest, settings: TokenSettings): Promise<Token> {
  const sent = { ...request, realm: realmOf(request, settings) }
  const response =
    request.credentials?.kind === 'identity-token'
      ? await post(next, sent, { grant_type: 'refresh_token', refresh_token: request.credentials.token })
      : await getOrPost(next, sent)
  if (response.status === 200) return readToken(response, request, settings)
  throw await refusal(response, request, settings)
}

interface RealmRequest extends TokenRequest {
  readonly realm: URL
}

function realmOf(request: TokenRequest, settings: TokenSettings): URL {
  const { host, origin } = request.registry
  const realm = resolveUrl(request.challenge.realm ?? '', new URL(origin), request.registry)
  // SECURITY: a password must not be sent in the clear because a registry specifies such a realm.
  if (realm.protocol === 'http:' && !settings.isInsecure(realm.host)) {
    const message = `Cannot log in to "${host}": its token server is http://${realm.host} (expected https)`
    throw new RegistryError('REGISTRY_BAD_RESPONSE', message, {
      hint: `Configure ${realm.host} as insecure if this is intended`,
    })
  }
  return realm
}

/** Every token server supports GET; if one refuses it, POST is tried. */
async function getOrPost(next: Exchange, request: RealmRequest): Promise<ExchangeResponse> {
  const url = new URL(request.realm)
  const { credentials, challenge, registry, signal } = request
  if (challenge.service !== undefined) url.searchParams.set('service', challenge.service)
  for (const scope of request.scopes) url.searchParams.append('scope', scope)
  const headers: Record<string, string> = {}
  if (credentials?.kind === 'basic') {
    url.searchParams.set('account', credentials.username)
    headers['authorization'] = basicHeader(credentials.username, credentials.password)
  }
  const response = await next({ method: 'GET', url, headers, registry, signal })
  if (credentials?.kind !== 'basic' || (response.status !== 404 && response.status !== 405)) return response
  await response.discard()
  const { username, password } = credentials
  return post(next, request, { grant_type: 'password', username, password })
}

function post(
  next: Exchange,
  request: RealmRequest,
  grant: Readonly<Record<string, string>>,
): Promise<ExchangeResponse> {
  const form = new URLSearchParams({ ...grant, client_id: CLIENT_ID, scope: request.scopes.join(' ') })
  if (request.challenge.service !== undefined) form.set('service', request.challenge.service)
  return next({
    method: 'POST',
    url: request.realm,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: bodyOf(Buffer.from(form.toString())),
    hasSecretBody: true,
    registry: request.registry,
    signal: request.signal,
  })
}

async function readToken(response: ExchangeResponse, request: TokenRequest, settings: TokenSettings): Promise<Token> {
  const { bytes, isWhole } = await readCapped(response, MAX_TOKEN_BYTES)
  const document = isWhole ? parseJson(bytes.toString('utf8')) : undefined
  const value = isRecord(document) ? document['token'] || document['access_token'] : undefined
  if (!isRecord(document) || typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) {
    const message = `Cannot log in to "${request.registry.host}": its token server sent no token (expected JSON with "token")`
    throw new RegistryError('REGISTRY_BAD_RESPONSE', message, { hint: isPage(response) ? PAGE_HINT : TOKEN_HINT })
  }
  settings.redactor.learn(value)
  const lifetime = document['expires_in']
  const seconds = Math.max(typeof lifetime === 'number' ? lifetime : 0, MIN_LIFETIME_S)
  const refreshToken = document['refresh_token']
  const turned = typeof refreshToken === 'string' && refreshToken !== '' ? { refreshToken } : {}
  return { value, expiresAtMs: Date.now() + seconds * 1000 * TRUSTED_LIFETIME, ...turned }
}

async function refusal(
  response: ExchangeResponse,
  request: TokenRequest,
  settings: TokenSettings,
): Promise<RegistryError> {
  const bodyText = await readFailureText(response, settings.redactor)
  const { status } = response
  const { host } = request.registry
  if (status === 403 && request.credentials !== undefined && request.scopes.length > 0)
    return denied(request, request.credentials, bodyText)
  const isRefused = status === 400 || status === 401 || status === 403
  if (isRefused) return unauthorized(host, request.credentials, { status, bodyText })
  const isPassing = status === 408 || status >= 500
  const code =
    status === 429 ? 'REGISTRY_TOO_MANY_REQUESTS' : isPassing ? 'REGISTRY_UNAVAILABLE' : 'REGISTRY_BAD_RESPONSE'
  const message = `Cannot log in to "${host}": its token server returned ${status}${bodyText === '' ? '' : `: ${bodyText}`}`
  const hint = isPassing || status === 429 ? 'Run the command again later' : TOKEN_HINT
  return new RegistryError(code, message, { status, retryAfterMs: retryAfterMs(response), hint })
}

/** Some token servers refuse a wrong password in this way, too. */
function denied({ registry: { host } }: TokenRequest, credentials: Credentials, bodyText: string): RegistryError {
  const who = credentials.kind === 'basic' ? `user "${credentials.username}"` : 'the stored token'
  const answer = bodyText === '' ? '' : `: ${bodyText}`
  const message = `Cannot use registry "${host}": ${refusalWord(403, bodyText)}its token server refused ${who} access to this repository (it returned 403${answer})`
  return new RegistryError('REGISTRY_DENIED', message, {
    status: 403,
    hint:
      knownHint(credentials, bodyText) ??
      `Ask the owner of the repository for permission, or log in again: tsbuild login ${host}`,
  })
}

/** The registry requires credentials: wrong and missing ones need different hints. */
export function unauthorized(
  host: string,
  credentials: Credentials | undefined,
  { status, bodyText }: { readonly status: number; readonly bodyText: string },
): RegistryError {
  const answer = bodyText === '' ? '' : `: ${bodyText}`
  const word = refusalWord(401, bodyText)
  if (credentials === undefined) {
    const message = `Cannot use registry "${host}" without login: ${word}it returned ${status}${answer}`
    const hint =
      hintForText(bodyText) ?? `Check the spelling; if the repository is private, log in first: tsbuild login ${host}`
    return new RegistryError('REGISTRY_UNAUTHORIZED', message, { status, hint })
  }
  const found =
    credentials.kind === 'basic'
      ? `wrong user name or password for "${credentials.username}"`
      : 'the stored token was refused'
  const message = `Cannot log in to "${host}": ${word}${found} (the registry returned ${status}${answer})`
  return new RegistryError('REGISTRY_UNAUTHORIZED', message, {
    status,
    hint: knownHint(credentials, bodyText) ?? `Check user name and password and log in again: tsbuild login ${host}`,
  })
}

function knownHint(credentials: Credentials, bodyText: string): string | undefined {
  return hintForText(bodyText) ?? (credentials.kind === 'basic' ? hintForUser(credentials.username) : undefined)
}

export function basicHeader(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}
