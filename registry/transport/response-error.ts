import { parseUntrustedJson } from '../../image-spec/index.ts'
import { RegistryError, type RegistryErrorCode } from '../errors.ts'
import { beginning, type Subject } from '../name-object.ts'
import type { CredentialScope } from '../registry-client.ts'
import { type ExchangeResponse, readCapped } from './exchange.ts'
import { hintForText } from './known-refusals.ts'
import { rateLimitFacts } from './rate-limit.ts'
import type { Redactor } from './redact.ts'
import { retryAfterMs } from './retry.ts'

/** What was attempted, for the message. */
export interface Attempted extends Subject {
  readonly server: CredentialScope
  /** Account whose credentials were used: `user "x"`; undefined for an anonymous request. */
  readonly account?: string | undefined
  /** False for downloads, where advice about logins and tags would mislead. */
  readonly isRegistry?: boolean
}

const MAX_BODY_BYTES = 65_536
const MAX_TEXT_LENGTH = 4_000

const CODES: Readonly<Record<number, RegistryErrorCode>> = {
  401: 'REGISTRY_UNAUTHORIZED',
  403: 'REGISTRY_DENIED',
  404: 'REGISTRY_NOT_FOUND',
  405: 'REGISTRY_UNSUPPORTED',
  408: 'REGISTRY_UNAVAILABLE',
  412: 'REGISTRY_DENIED',
  429: 'REGISTRY_TOO_MANY_REQUESTS',
  501: 'REGISTRY_UNSUPPORTED',
  507: 'REGISTRY_REFUSED', // a full disk stays full during the retries
}

/** Converts an unsuccessful response to an error. Reads the body. */
export async function responseError(
  response: ExchangeResponse,
  attempted: Attempted,
  redactor: Redactor,
): Promise<RegistryError> {
  const bodyText = await readFailureText(response, redactor)
  const { status } = response
  const code = codeFor(status)
  const who = attempted.isRegistry === false ? attempted.server.host : 'the registry'
  const page = isPage(response) ? ' with a web page' : ''
  const found = `${refusalWord(status, bodyText)}${who} returned ${status}${page}${bodyText === '' ? '' : `: ${bodyText}`}`
  const message = `${beginning(attempted)}${found}`
  const hint = attempted.isRegistry === false ? {} : hintFor(response, attempted, bodyText)
  return new RegistryError(code, message, { status, retryAfterMs: retryAfterMs(response), ...hint })
}

/** A successful status is an error, too, if another one was expected. */
function codeFor(status: number): RegistryErrorCode {
  if (status < 400) return 'REGISTRY_BAD_RESPONSE'
  return CODES[status] ?? (status >= 500 ? 'REGISTRY_UNAVAILABLE' : 'REGISTRY_REFUSED')
}

/** The words that users and scripts search for, unless the registry's message has them. */
export function refusalWord(status: number, bodyText: string): string {
  const word = status === 401 ? 'unauthorized' : status === 403 ? 'denied' : undefined
  return word === undefined || bodyText.toLowerCase().includes(word) ? '' : `${word}: `
}

/** The response of a proxy or a login page: registries never send HTML. */
export function isPage(response: ExchangeResponse): boolean {
  return /^\s*text\/html\b/i.test(response.header('content-type') ?? '')
}

export const PAGE_HINT =
  'Check the address of the registry, HTTPS_PROXY and NO_PROXY: a proxy or a login page responds instead'

/** The messages in an error body, redacted and on one line. SPEC: distribution-spec spec.md#error-codes */
export async function readFailureText(response: ExchangeResponse, redactor: Redactor): Promise<string> {
  const { bytes } = await readCapped(response, MAX_BODY_BYTES).catch(() => ({ bytes: Buffer.alloc(0) }))
  const text = textsOf(bytes.toString('utf8')).join('; ')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove
  const printable = text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]+/g, ' ').trim()
  const clipped = printable.length > MAX_TEXT_LENGTH ? `${printable.slice(0, MAX_TEXT_LENGTH)}…` : printable
  return redactor.mask(clipped)
}

function textsOf(body: string): readonly string[] {
  const document = parseJson(body)
  if (!isRecord(document)) {
    const isShownWhole = body.length <= 500 && !/[<{]/.test(body) // a proxy's HTML page does not help users
    return isShownWhole ? [body] : []
  }
  const { errors } = document
  if (Array.isArray(errors)) return errors.filter(isRecord).slice(0, 10).map(textOfError)
  const fields = ['error', 'error_description', 'message', 'details', 'detail']
  return fields.flatMap((name) => (typeof document[name] === 'string' ? [document[name]] : []))
}

function textOfError(error: Readonly<Record<string, unknown>>): string {
  const { code, message, detail } = error
  const parts = [code, message].filter((part) => typeof part === 'string' && part !== '')
  const more = typeof detail === 'string' && detail !== '' && detail !== message ? ` (${detail})` : ''
  return `${parts.join(': ')}${more}`
}

function hintFor(response: ExchangeResponse, attempted: Attempted, bodyText: string): { readonly hint?: string } {
  const code = codeFor(response.status)
  const { server, account } = attempted
  const { host } = server
  const known = hintForText(bodyText)
  if (known !== undefined) return { hint: known }
  if (response.status === 412)
    return {
      hint: 'Check the policies of the registry: one of them forbids this image, for example because of its scan result',
    }
  if (response.status === 413) {
    return {
      hint: 'Raise the upload limit of the proxy in front of the registry (nginx: client_max_body_size)',
    }
  }
  if (isPage(response)) return { hint: PAGE_HINT }
  if (code === 'REGISTRY_UNAUTHORIZED') return { hint: `Log in first: tsbuild login ${host}` }
  if (code === 'REGISTRY_DENIED') {
    const ask = 'ask the owner of the repository for permission'
    return {
      hint: account === undefined ? `Log in with tsbuild login ${host}, or ${ask}` : `As ${account}, ${ask}`,
    }
  }
  if (code === 'REGISTRY_NOT_FOUND') return { hint: notFoundHint(attempted, bodyText) }
  if (code === 'REGISTRY_TOO_MANY_REQUESTS') {
    const who =
      account === undefined
        ? `Log in with tsbuild login ${host}: anonymous requests are counted per address`
        : `Wait before the next request: they are counted for ${account}`
    const facts = rateLimitFacts(response)
    return { hint: facts === '' ? who : `${who} (${facts})` }
  }
  if (code === 'REGISTRY_UNAVAILABLE') {
    return { hint: 'Run the command again later: the registry failed, and finished parts are kept' }
  }
  if (code === 'REGISTRY_BAD_RESPONSE')
    return { hint: 'Check the address: the server does not follow the distribution specification' }
  return {}
}

/** A digest may come from an index or a manifest, not from the user. */
function notFoundHint({ object }: Attempted, bodyText: string): string {
  const isByDigest = /@sha256:[0-9a-f]{64}$/.test(object) && !bodyText.includes('NAME_UNKNOWN')
  if (!isByDigest) return 'Check the spelling of repository and tag'
  return 'Check the digest; if an index or a manifest names it, push the image again: the registry has only a part of it'
}

export function parseJson(text: string): unknown {
  try {
    return parseUntrustedJson(text)
  } catch {
    return undefined
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
