import * as v from 'valibot'
import { messageOf } from '../../errors/index.ts'
import type { Fetch, FetchAnswer } from '../../registry/index.ts'
import { apiError, type Operation, type OperationName, operations } from '../api/index.ts'
import { ServerError } from '../errors.ts'
import { AnsweredError } from './answered-error.ts'
import { readResponse } from './read-response.ts'

type ResponseOf<N extends OperationName> = (typeof operations)[N] extends { readonly answer: infer A }
  ? A extends string
    ? FetchAnswer
    : A extends Parameters<typeof schemaType>[0]
      ? v.InferOutput<A>
      : never
  : undefined
declare function schemaType(schema: v.GenericSchema): void

export interface CallParts {
  /** Path parameters by name. */
  readonly path?: Readonly<Record<string, string | number>>
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

export interface ApiClient {
  call<N extends OperationName>(name: N, parts?: CallParts): Promise<ResponseOf<N>>
}

export interface ApiClientOptions {
  readonly url: string
  readonly token?: string
  /** Default: that of the runtime, which knows neither the proxy nor the certificate authorities of the environment. */
  readonly fetch?: Fetch
}

/**
 * A client of the server's API, for the commands `tsbuild server …` and, with a cookie instead of a token, for the
 * page.
 */
export function createApiClient({ url, token, fetch = globalThis.fetch }: ApiClientOptions): ApiClient {
  // Close the connection each time: the server might close an idle one just when the next request is sent.
  const proof = { ...(token !== undefined && { authorization: `Bearer ${token}`, connection: 'close' }) }
  return {
    call: async <N extends OperationName>(name: N, parts: CallParts = {}): Promise<ResponseOf<N>> => {
      const { method, path } = operations[name]
      const address = new URL(`${url.replace(/\/$/, '')}/api/v1${fill(path, parts.path)}`)
      for (const [key, value] of Object.entries(parts.query ?? {})) {
        if (value !== undefined) address.searchParams.set(key, String(value))
      }
      const response = await send(fetch, address, {
        method: method.toUpperCase(),
        headers: { ...proof, 'content-type': 'application/json', ...parts.headers },
        ...(parts.body !== undefined && { body: JSON.stringify(parts.body) }),
        ...(parts.signal && { signal: parts.signal }),
      })
      if (!response.ok) throw await failureOf(response, address)
      return responseBody(name, response)
    },
  }
}

/** Validated by the operation's schema; without a schema, the response itself. */
function responseBody<N extends OperationName>(name: N, response: FetchAnswer): Promise<ResponseOf<N>>
async function responseBody(name: OperationName, response: FetchAnswer): Promise<unknown> {
  const { answer }: Operation = operations[name]
  if (answer === undefined || typeof answer === 'string') return answer && response
  return readResponse(answer, await response.text(), name)
}

function fill(path: string, values: Readonly<Record<string, string | number>> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name] ?? '')))
}

async function send(fetch: Fetch, address: URL, request: Parameters<Fetch>[1]): Promise<FetchAnswer> {
  try {
    return await fetch(address, request)
  } catch (cause) {
    if (request.signal?.aborted) throw cause
    const failure = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause // fetch() has the reason
    const { reason, hint } = explain(failure)
    throw new ServerError('SERVER_UNREACHABLE', `Cannot reach server "${address.origin}": ${reason}`, { hint })
  }
}

const CERTIFICATE = /SELF_SIGNED|^CERT_|UNABLE_TO_(GET_ISSUER|VERIFY)|ALTNAME_INVALID/

function explain(failure: unknown): { readonly reason: string; readonly hint: string } {
  const reason = messageOf(failure)
  const code = failure instanceof Error && 'code' in failure ? String(failure.code) : ''
  if (code === 'CERT_NOT_YET_VALID')
    return { reason, hint: 'Set the clock of this machine, or replace the certificate of the server' }
  if (CERTIFICATE.test(code)) {
    return { reason, hint: 'Specify the file of its certificate authority: NODE_EXTRA_CA_CERTS or SSL_CERT_FILE' }
  }
  if (/^ERR_SSL_|^EPROTO$/.test(code))
    return { reason: 'it does not speak TLS', hint: 'Write http:// if this is intended' }
  if (code === 'UND_ERR_SOCKET') return { reason, hint: 'Write https:// if the server speaks TLS' }
  return { reason, hint: 'Start it with tsbuild serve, or specify it: --server URL or TSBUILD_SERVER' }
}

async function failureOf(response: FetchAnswer, address: URL): Promise<Error> {
  const { success, output } = v.safeParse(v.pipe(v.string(), v.parseJson(), apiError), await response.text())
  if (success) return new AnsweredError(output.error)
  return new ServerError(
    'SERVER_UNREACHABLE',
    `Cannot use server "${address.origin}": it responded with ${response.status} without an error document`,
    { hint: 'Check that the address is that of a tsbuild server' },
  )
}
