import { present } from '../../image-spec/index.ts'
import { RegistryError } from '../errors.ts'
import type { CredentialSource, Credentials } from '../registry-client.ts'
import { type Challenge, findChallenge } from './challenge.ts'
import type { Exchange, ExchangeRequest, ExchangeResponse, RegistryOrigin } from './exchange.ts'
import { hintForText } from './known-refusals.ts'
import { readFailureText } from './response-error.ts'
import { basicHeader, fetchToken, type Token, type TokenSettings, unauthorized } from './token.ts'

export interface AuthorizeSettings extends TokenSettings {
  readonly findCredentials: CredentialSource['find']
}

/** What is known about one registry: its challenge, and the tokens obtained so far by scope. */
interface HostSession {
  challenge?: Challenge
  readonly tokens: Map<string, Promise<Token>>
  /** Identity tokens that the token server has replaced, and their successors. */
  readonly replaced: Map<string, string>
  /** The header that the host last accepted. */
  accepted?: string | undefined
}

/**
 * Responds to challenges and remembers the outcome: the first request to a host has no credentials, all later ones have
 * what the host accepts. A token that the host no longer accepts is replaced, even during a long push.
 */
export function authorizing(next: Exchange, settings: AuthorizeSettings): Exchange {
  const sessions = new Map<string, HostSession>()
  return async (request) => {
    // SECURITY: an upload location on another host gets no credentials
    // (test/attack/registries/credentials-elsewhere.test.ts).
    if (request.url.origin !== request.registry.origin) return next(request)
    const session: HostSession = sessions.get(request.registry.host) ?? { tokens: new Map(), replaced: new Map() }
    sessions.set(request.registry.host, session)
    const context = { next, session, settings }
    const before = session.challenge === undefined ? undefined : await authorization(context, request)
    const response = await next(withAuthorization(request, before))
    if (response.status !== 401) {
      session.accepted = before ?? session.accepted
      return response
    }
    // SECURITY: the host of a redirect may request credentials, but never gets them.
    if (response.url.origin !== request.registry.origin) throw refusedElsewhere(request.registry, response)
    return authenticate({ ...context, before }, request, response)
  }
}

function refusedElsewhere({ host }: RegistryOrigin, { url }: ExchangeResponse): RegistryError {
  const found = `it redirects to "${url.host}", which returned 401 (expected a redirect that needs no login)`
  return new RegistryError('REGISTRY_UNAUTHORIZED', `Cannot use registry "${host}": unauthorized: ${found}`, {
    status: 401,
    hint: 'Report it to the operator of the registry',
  })
}

/** The credentials were not sent, so they may be right. */
function cannotAnswer({ host }: RegistryOrigin, response: ExchangeResponse, bodyText: string): RegistryError {
  const scheme = /^[\w-]{1,30}/.exec(response.header('www-authenticate') ?? '')?.[0]
  const found = scheme === undefined ? 'without a challenge' : `with a challenge of the scheme ${scheme}`
  const more = bodyText === '' ? '' : `: ${bodyText}`
  const needed = 'expected Basic, or Bearer with a realm'
  const message = `Cannot log in to "${host}": unauthorized: it returned 401 ${found} (${needed})${more}`
  return new RegistryError('REGISTRY_UNAUTHORIZED', message, {
    status: 401,
    hint:
      hintForText(bodyText) ?? 'Check the address, and that no proxy in front of the registry changes its responses',
  })
}

interface AuthorizeContext {
  readonly next: Exchange
  readonly session: HostSession
  readonly settings: AuthorizeSettings
}

interface ChallengeContext extends AuthorizeContext {
  /** The header that was refused. */
  readonly before: string | undefined
  /** A second token was requested for this request: the first one was refused as soon as it arrived. */
  readonly hasReplacedToken?: boolean
}

/** SPEC: RFC 6750 section 3.1. Any other refusal of a new token may mean that it had expired when it arrived. */
function lacksPermission(response: ExchangeResponse): boolean {
  return findChallenge(response.header('www-authenticate'))?.error === 'insufficient_scope'
}

async function authenticate(
  context: ChallengeContext,
  request: ExchangeRequest,
  response: ExchangeResponse,
): Promise<ExchangeResponse> {
  const { next, session, before, settings } = context
  const challenge = findChallenge(response.header('www-authenticate'))
  const bodyText = await readFailureText(response, settings.redactor)
  const credentials = await credentialsFor(context, request)
  if (challenge === undefined) {
    // a login would not help either
    const isUnknown = response.header('www-authenticate') !== undefined
    if (before === undefined && (isUnknown || credentials !== undefined))
      throw cannotAnswer(request.registry, response, bodyText)
    throw unauthorized(request.registry.host, credentials, { status: 401, bodyText })
  }
  session.challenge = challenge
  await forgetToken(session, keyOf(scopesOf(request, challenge)), before)
  const fresh = await authorization(context, request)
  // A header that was accepted recently deserves a second attempt: a restarting registry refuses valid passwords, too.
  if (fresh === undefined || (fresh === before && fresh !== session.accepted)) {
    throw refusedAgain(request.registry, { challenge, credentials }, bodyText)
  }
  const again = await next(withAuthorization(request, fresh))
  if (again.status !== 401) return again
  if (challenge.scheme === 'bearer' && context.hasReplacedToken !== true && !lacksPermission(again)) {
    return authenticate({ ...context, before: fresh, hasReplacedToken: true }, request, again)
  }
  const retried = await readFailureText(again, settings.redactor)
  throw refusedAgain(request.registry, { challenge, credentials }, retried)
}

async function credentialsFor(
  { session, settings }: AuthorizeContext,
  { registry: { host }, scopes }: ExchangeRequest,
): Promise<Credentials | undefined> {
  const repository = /^repository:([^:]+):/.exec(scopes?.[0] ?? '')?.[1] // the first scope is that of the request's URL
  const found = await settings.findCredentials({ host, ...present('repository', repository) })
  if (found?.kind !== 'identity-token') return found
  let { token } = found
  for (let next = session.replaced.get(token); next !== undefined; next = session.replaced.get(token)) token = next
  return { ...found, token }
}

/** The token server knows the user, but its token was refused: the password is right, the permission is missing. */
function refusedAgain(
  registry: RegistryOrigin,
  { challenge, credentials }: { readonly challenge: Challenge; readonly credentials: Credentials | undefined },
  bodyText: string,
): RegistryError {
  if (challenge.scheme !== 'bearer' || credentials === undefined || credentials.kind === 'bearer') {
    return unauthorized(registry.host, credentials, { status: 401, bodyText })
  }
  const who = credentials.kind === 'basic' ? `user "${credentials.username}"` : 'the stored token'
  const message = `Cannot use registry "${registry.host}": ${who} has no permission for this repository (denied)${bodyText === '' ? '' : `: ${bodyText}`}`
  return new RegistryError('REGISTRY_DENIED', message, {
    status: 401,
    hint: hintForText(bodyText) ?? 'Check the spelling of the repository, or ask its owner for the permission',
  })
}

/** The header for the session's challenge; undefined without credentials. */
async function authorization(context: AuthorizeContext, request: ExchangeRequest): Promise<string | undefined> {
  const { challenge } = context.session
  if (challenge === undefined) return undefined
  const credentials = await credentialsFor(context, request)
  learnSecrets(credentials, context.settings)
  if (credentials?.kind === 'bearer') return `Bearer ${credentials.token}`
  if (challenge.scheme === 'bearer') {
    const { value } = await tokenFor(context, request, credentials)
    return `Bearer ${value}`
  }
  return credentials?.kind === 'basic' ? basicHeader(credentials.username, credentials.password) : undefined
}

/** Requested once for concurrent callers with equal scopes. */
async function tokenFor(
  { next, session, settings }: AuthorizeContext,
  request: ExchangeRequest,
  credentials: Credentials | undefined,
): Promise<Token> {
  const { challenge } = session
  if (challenge === undefined) throw new Error('unreachable: no challenge to answer')
  const scopes = scopesOf(request, challenge)
  const key = keyOf(scopes)
  for (let known = session.tokens.get(key); known !== undefined; known = session.tokens.get(key)) {
    const token = await known.catch((failure) => {
      // otherwise another caller's request was aborted, which does not concern this one
      if (failure instanceof RegistryError) throw failure
    })
    if (token !== undefined && token.expiresAtMs > Date.now()) return token
    if (session.tokens.get(key) === known) session.tokens.delete(key)
  }
  const { registry, signal } = request
  const asking = fetchToken(next, { challenge, registry, scopes, credentials, signal }, settings)
  session.tokens.set(key, asking)
  try {
    const token = await asking
    if (token.refreshToken !== undefined && credentials?.kind === 'identity-token') {
      session.replaced.delete(token.refreshToken) // a server may return to an earlier one, or send the same
      if (token.refreshToken !== credentials.token) session.replaced.set(credentials.token, token.refreshToken)
    }
    return token
  } catch (failure) {
    session.tokens.delete(key)
    throw failure
  }
}

/** Drops a refused token, unless another request has already replaced it. */
async function forgetToken(session: HostSession, key: string, refused: string | undefined): Promise<void> {
  const known = await session.tokens.get(key)?.catch(() => undefined) // reported to the request that caused it
  if (known === undefined || `Bearer ${known.value}` === refused) session.tokens.delete(key)
}

/** The scopes that the request needs; the challenge's scope only if it specifies none. */
function scopesOf(request: ExchangeRequest, challenge: Challenge): readonly string[] {
  if (request.scopes !== undefined && request.scopes.length > 0) return request.scopes
  return challenge.scope === undefined ? [] : challenge.scope.split(' ').filter((scope) => scope !== '')
}

function keyOf(scopes: readonly string[]): string {
  return [...scopes].sort().join(' ')
}

function withAuthorization(request: ExchangeRequest, header: string | undefined): ExchangeRequest {
  return header === undefined ? request : { ...request, headers: { ...request.headers, authorization: header } }
}

function learnSecrets(credentials: Credentials | undefined, settings: AuthorizeSettings): void {
  if (credentials === undefined) return
  const { redactor } = settings
  if (credentials.kind !== 'basic') {
    redactor.learn(credentials.token)
    return
  }
  redactor.learn(credentials.password)
  redactor.learn(basicHeader(credentials.username, credentials.password).slice('Basic '.length))
}
