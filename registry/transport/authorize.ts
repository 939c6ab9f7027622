import { RegistryError } from '../errors.ts'
import type { Credentials } from '../registry-client.ts'
import { readFailureText } from './answer-failure.ts'
import { type Challenge, findChallenge } from './challenge.ts'
import type { Exchange, ExchangeRequest, ExchangeResponse, RegistryOrigin } from './exchange.ts'
import { hintForText } from './known-refusals.ts'
import { basicHeader, fetchToken, type Token, type TokenSettings, unauthorized } from './token.ts'

export interface AuthorizeSettings extends TokenSettings {
  /** Asked once a host. */
  readonly findCredentials: (host: string) => Promise<Credentials | undefined>
}

/** What is known about one registry: its challenge, and the tokens got so far by their scopes. */
interface HostSession {
  challenge?: Challenge
  credentials?: Credentials | undefined
  readonly tokens: Map<string, Promise<Token>>
  /** The header that the host took last. */
  accepted?: string | undefined
}

/**
 * Answers challenges and remembers the answer: the first request to a host is sent without credentials, all later ones
 * carry what the host accepts. A token that the host no longer takes is replaced, also in the middle of a long push.
 */
export function authorizing(next: Exchange, settings: AuthorizeSettings): Exchange {
  const sessions = new Map<string, HostSession>()
  return async (request) => {
    // SECURITY: an upload location on another host gets nothing (test/attack/registries/credentials-elsewhere.test.ts).
    if (request.url.origin !== request.registry.origin) return next(request)
    const session: HostSession = sessions.get(request.registry.host) ?? { tokens: new Map() }
    sessions.set(request.registry.host, session)
    const before = session.challenge === undefined ? undefined : await authorization(next, request, session, settings)
    const response = await next(withAuthorization(request, before))
    if (response.status !== 401) {
      session.accepted = before ?? session.accepted
      return response
    }
    return answerChallenge(next, request, response, { session, before, settings })
  }
}

interface Unanswered {
  readonly session: HostSession
  /** The header that was refused. */
  readonly before: string | undefined
  readonly settings: AuthorizeSettings
}

async function answerChallenge(
  next: Exchange,
  request: ExchangeRequest,
  response: ExchangeResponse,
  { session, before, settings }: Unanswered,
): Promise<ExchangeResponse> {
  const challenge = findChallenge(response.header('www-authenticate'))
  const answerText = await readFailureText(response, settings.redactor)
  const { host } = request.registry
  session.credentials ??= await settings.findCredentials(host)
  if (challenge === undefined) throw unauthorized(host, session.credentials, answerText, 401)
  session.challenge = challenge
  await forgetToken(session, keyOf(scopesOf(request, challenge)), before)
  const fresh = await authorization(next, request, session, settings)
  // What the host took a moment ago deserves a second try: a restarting registry refuses good passwords, too.
  if (fresh === undefined || (fresh === before && fresh !== session.accepted)) {
    throw refusedAgain(request.registry, session, answerText)
  }
  const again = await next(withAuthorization(request, fresh))
  if (again.status !== 401) return again
  const secondAnswer = await readFailureText(again, settings.redactor)
  throw refusedAgain(request.registry, session, secondAnswer)
}

/** A token server that knows the user gave a token, but not for this: the password is right, the permission lacks. */
function refusedAgain(registry: RegistryOrigin, session: HostSession, answerText: string): RegistryError {
  const { credentials, challenge } = session
  if (challenge?.scheme !== 'bearer' || credentials === undefined || credentials.kind === 'bearer') {
    return unauthorized(registry.host, credentials, answerText, 401)
  }
  const who = credentials.kind === 'basic' ? `user "${credentials.username}"` : 'the stored token'
  const message = `Cannot use registry "${registry.host}": ${who} has no permission for this repository (denied)${answerText === '' ? '' : `: ${answerText}`}`
  return new RegistryError('REGISTRY_DENIED', message, {
    status: 401,
    hint: hintForText(answerText) ?? 'Check the spelling of the repository, or ask its owner for the permission',
  })
}

/** The header that answers the session's challenge, or nothing without credentials. */
async function authorization(
  next: Exchange,
  request: ExchangeRequest,
  session: HostSession,
  settings: AuthorizeSettings,
): Promise<string | undefined> {
  const { challenge } = session
  if (challenge === undefined) return undefined
  session.credentials ??= await settings.findCredentials(request.registry.host)
  const { credentials } = session
  learnSecrets(credentials, settings)
  if (credentials?.kind === 'bearer') return `Bearer ${credentials.token}`
  if (challenge.scheme === 'bearer') return `Bearer ${(await tokenFor(next, request, session, settings)).value}`
  return credentials?.kind === 'basic' ? basicHeader(credentials.username, credentials.password) : undefined
}

/** Requested once for equal scopes, for all concurrent callers. */
async function tokenFor(
  next: Exchange,
  request: ExchangeRequest,
  session: HostSession,
  settings: AuthorizeSettings,
): Promise<Token> {
  const { challenge, credentials } = session
  if (challenge === undefined) throw new Error('unreachable: no challenge to answer')
  const scopes = scopesOf(request, challenge)
  const key = keyOf(scopes)
  for (let known = session.tokens.get(key); known !== undefined; known = session.tokens.get(key)) {
    const token = await known.catch((failure) => {
      if (failure instanceof RegistryError) throw failure // else whoever asked was aborted, which is not our affair
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
      session.credentials = { kind: 'identity-token', token: token.refreshToken }
    }
    return token
  } catch (failure) {
    session.tokens.delete(key)
    throw failure
  }
}

/** Drops a refused token, unless another request has replaced it meanwhile. */
async function forgetToken(session: HostSession, key: string, refused: string | undefined): Promise<void> {
  const known = await session.tokens.get(key)?.catch(() => undefined) // reported to the request that asked for it
  if (known === undefined || `Bearer ${known.value}` === refused) session.tokens.delete(key)
}

/** What we know to need; the challenge's scope only where we name none. */
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
