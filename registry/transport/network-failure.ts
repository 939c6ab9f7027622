import { messageOf } from '../../errors/index.ts'
import { RegistryError } from '../errors.ts'
import { type FailedProxy, ProxyFailure } from './proxy-failure.ts'

const CERTIFICATE_CODES = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_UNTRUSTED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

const FOUND: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'no response in time',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ENETDOWN: 'the network is down',
  ENOTFOUND: 'no such host name',
  EAI_AGAIN: 'the name server did not respond',
  EPROTO: 'the response was not TLS',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  UND_ERR_HEADERS_TIMEOUT: 'no response in time',
  UND_ERR_BODY_TIMEOUT: 'the transfer stalled',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the response ended early',
  UND_ERR_CLOSED: 'the client is closed',
  UND_ERR_DESTROYED: 'the client is closed',
}

/** Errors of an unreachable host, for which a retry would only delay the message. */
const NEVER_THERE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH'])

const STALLED = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])

/** Limit for all headers of a response together. */
export const MAX_HEADER_BYTES = 16 << 10

/** The host contacted. */
export interface Peer {
  readonly host: string
  /** The host whose redirect led to this one. */
  readonly redirectedBy?: string
  readonly isAnyServer?: true
}

/**
 * Converts a network failure to a user-facing error; anything else (an abort, a failing body source) passes unchanged.
 */
export function fromNetworkFailure(failure: unknown, peer: Peer, signal?: AbortSignal): unknown {
  if (signal?.aborted === true) return signal.reason
  if (!(failure instanceof Error) || failure instanceof RegistryError) return failure
  if (failure instanceof ProxyFailure) return atProxy(failure, peer)
  if (failure.name === 'HTTPParserError') return notHttp(failure, peer)
  const code = codeOf(failure)
  if (code === undefined) return failure
  if (CERTIFICATE_CODES.has(code)) return badCertificate(failure, code, peer)
  if (CLIENT_CERTIFICATE.test(code)) return badClientCertificate(code, peer)
  if (code.startsWith('HPE_')) return notHttp(failure, peer)
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return longHeaders(failure, peer)
  const found = foundFor(code)
  if (found === undefined) return failure
  return new RegistryError('REGISTRY_UNAVAILABLE', `Cannot reach ${named(peer)}: ${found} (${code})`, {
    cause: failure,
    hint: hintFor(code, peer),
  })
}

function foundFor(code: string): string | undefined {
  return FOUND[code] ?? (code.startsWith('ERR_SSL_') ? 'the response was not TLS' : undefined)
}

/** The registry was not reached: advice about it would mislead. */
function atProxy({ proxy, answer, cause }: ProxyFailure, peer: Peer): RegistryError {
  const through = `Cannot reach ${named(peer)} through proxy "${proxy.host}"`
  if (answer !== undefined) {
    const { status, text } = answer
    return new RegistryError('REGISTRY_UNAVAILABLE', `${through}: it ${text}`, {
      status,
      isFinal: status < 500 && status !== 408 && status !== 429,
      hint: proxyHint(proxy, status, peer),
    })
  }
  const code = cause instanceof Error ? codeOf(cause) : undefined
  if (code !== undefined && CERTIFICATE_CODES.has(code)) {
    const found = `${messageOf(cause)} (expected a certificate that a known CA signed for this host)`
    return new RegistryError('REGISTRY_BAD_CERTIFICATE', `Cannot trust proxy "${proxy.host}": ${found}`, {
      cause,
      hint: validityHint(code, 'proxy') ?? 'Specify the CA certificate of the proxy in SSL_CERT_FILE',
    })
  }
  const found = code === undefined ? messageOf(cause) : `${foundFor(code) ?? messageOf(cause)} (${code})`
  return new RegistryError('REGISTRY_UNAVAILABLE', `${through}: ${found}`, {
    cause,
    hint: `Check the address of the proxy in ${proxy.variable}, or list the host in NO_PROXY`,
  })
}

function proxyHint({ variable, hasUser }: FailedProxy, status: number, { host }: Peer): string {
  if (status === 407) {
    return hasUser
      ? `Check user name and password in ${variable}`
      : `Add user name and password to ${variable}: http://user:password@host:port`
  }
  return `Check that the proxy allows and reaches ${host}, or list the host in NO_PROXY`
}

/** True if a first contact failed in a way that a retry cannot fix. */
export function wasNeverThere(error: RegistryError): boolean {
  const code = error.cause instanceof Error ? (codeOf(error.cause) ?? '') : ''
  return NEVER_THERE.has(code) || code.startsWith('ERR_SSL_')
}

/** Connecting takes seconds, a response up to a minute. */
export function hasTimedOut(error: RegistryError): boolean {
  return hasStalled(error) || (error.cause instanceof Error && codeOf(error.cause) === 'UND_ERR_CONNECT_TIMEOUT')
}

/** A lost connection looks like a peer that does not respond, so one more attempt is worthwhile. */
export function hasStalled(error: RegistryError): boolean {
  return error.cause instanceof Error && STALLED.has(codeOf(error.cause) ?? '')
}

/** The first code in the cause chain; connecting to several addresses fails with an AggregateError. */
function codeOf(failure: Error): string | undefined {
  if ('code' in failure && typeof failure.code === 'string') return failure.code
  if (failure instanceof AggregateError && failure.errors[0] instanceof Error) return codeOf(failure.errors[0])
  return failure.cause instanceof Error ? codeOf(failure.cause) : undefined
}

function kindOf({ isAnyServer }: Peer): string {
  return isAnyServer ? 'server' : 'registry'
}

export function named(peer: Peer): string {
  const { host, redirectedBy } = peer
  return `${kindOf(peer)} "${host}"${redirectedBy === undefined ? '' : `, to which "${redirectedBy}" redirects`}`
}

function notHttp(failure: Error, peer: Peer): RegistryError {
  return new RegistryError('REGISTRY_BAD_RESPONSE', `Cannot read the response of ${named(peer)}: not HTTP`, {
    cause: failure,
  })
}

function longHeaders(failure: Error, peer: Peer): RegistryError {
  const message = `Cannot read the response of ${named(peer)}: headers of more than ${MAX_HEADER_BYTES} bytes`
  return new RegistryError('REGISTRY_BAD_RESPONSE', message, { cause: failure })
}

/** TLS alerts of a server that requires a client certificate. SPEC: RFC 8446 section 6.2 */
const CLIENT_CERTIFICATE =
  /^ERR_SSL_.*ALERT_(?:CERTIFICATE_(?:REQUIRED|UNKNOWN|EXPIRED|REVOKED)|BAD_CERTIFICATE|UNKNOWN_CA|UNSUPPORTED_CERTIFICATE|HANDSHAKE_FAILURE)$/

function badClientCertificate(code: string, peer: Peer): RegistryError {
  const found = 'it requires a client certificate that it trusts'
  return new RegistryError('REGISTRY_BAD_CERTIFICATE', `Cannot reach ${named(peer)}: ${found} (${code})`, {
    hint: `Put client.cert and client.key into /etc/docker/certs.d/${peer.host}/, signed by a CA that the ${kindOf(peer)} trusts`,
  })
}

function badCertificate(failure: Error, code: string, peer: Peer): RegistryError {
  const ofTrust = `Put the ${kindOf(peer)}'s CA certificate into /etc/docker/certs.d/${peer.host}/ca.crt or name it in SSL_CERT_FILE`
  const message = `Cannot trust ${named(peer)}: ${failure.message} (expected a certificate that a known CA signed for this host)`
  const hint = validityHint(code, kindOf(peer)) ?? ofTrust
  return new RegistryError('REGISTRY_BAD_CERTIFICATE', message, { cause: failure, hint })
}

/** For a certificate outside its period of validity. Machines without a battery for their clock start in the past. */
function validityHint(code: string, kind: string): string | undefined {
  if (code === 'CERT_NOT_YET_VALID')
    return `Set the clock of this machine, which shows ${new Date().toISOString().slice(0, 10)}, or replace the certificate of the ${kind}`
  if (code === 'CERT_HAS_EXPIRED') return `Renew the certificate of the ${kind}, or set the clock of this machine`
  return undefined
}

function hintFor(code: string, peer: Peer): string {
  const kind = kindOf(peer)
  if (peer.redirectedBy !== undefined) return `Check that this machine can reach ${peer.host}, or set HTTPS_PROXY`
  if (code === 'ENOTFOUND') return 'Check the spelling of the host, and the name servers in /etc/resolv.conf'
  if (code === 'ECONNREFUSED') return `Check that the ${kind} runs, and its port`
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_'))
    return kind === 'registry'
      ? 'The registry seems to use plain HTTP: mark it as insecure if this is intended'
      : 'The server seems to use plain HTTP: write http:// if this is intended'
  return 'Check the network, HTTPS_PROXY and NO_PROXY, then run the command again: finished parts are kept'
}
