import * as v from 'valibot'
import { apiError, type Operation, type OperationName, operations } from '../api/index.ts'
import { ServerError } from '../errors.ts'
import { AnsweredError } from './answered-error.ts'
import { readResponse } from './read-response.ts'

type Answer<N extends OperationName> = (typeof operations)[N] extends { readonly answer: infer A }
  ? A extends string
    ? Response
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
  call<N extends OperationName>(name: N, parts?: CallParts): Promise<Answer<N>>
}

/**
 * A client of the server's API, for the commands `tsbuild server …` and, with a cookie instead of a token, for the
 * page.
 */
export function createApiClient({ url, token }: { readonly url: string; readonly token?: string }): ApiClient {
  // Close the connection each time: the server might close an idle one just when the next request is sent.
  const proof = token === undefined ? {} : { authorization: `Bearer ${token}`, connection: 'close' }
  return {
    call: async <N extends OperationName>(name: N, parts: CallParts = {}): Promise<Answer<N>> => {
      const { method, path } = operations[name]
      const address = new URL(`${url.replace(/\/$/, '')}/api/v1${fill(path, parts.path)}`)
      for (const [key, value] of Object.entries(parts.query ?? {})) {
        if (value !== undefined) address.searchParams.set(key, String(value))
      }
      const response = await send(address, {
        method: method.toUpperCase(),
        headers: { ...proof, 'content-type': 'application/json', ...parts.headers },
        ...(parts.body !== undefined && { body: JSON.stringify(parts.body) }),
        ...(parts.signal && { signal: parts.signal }),
      })
      if (!response.ok) throw await failureOf(response, address)
      return answerOf(name, response)
    },
  }
}

/** Validated by the operation's schema; without a schema, the response itself. */
function answerOf<N extends OperationName>(name: N, response: Response): Promise<Answer<N>>
async function answerOf(name: OperationName, response: Response): Promise<unknown> {
  const { answer }: Operation = operations[name]
  if (answer === undefined || typeof answer === 'string') return answer && response
  return readResponse(answer, await response.text(), name)
}

function fill(path: string, values: Readonly<Record<string, string | number>> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name] ?? '')))
}

async function send(address: URL, request: RequestInit): Promise<Response> {
  try {
    return await fetch(address, request)
  } catch (cause) {
    if (request.signal?.aborted) throw cause
    throw new ServerError('SERVER_UNREACHABLE', `Cannot reach server "${address.origin}": ${reasonOf(cause)}`, {
      hint: 'Start it with tsbuild serve, or name it: --server URL or TSBUILD_SERVER',
      cause,
    })
  }
}

/** fetch() reports only that it failed; the cause has the reason. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}

async function failureOf(response: Response, address: URL): Promise<Error> {
  const { success, output } = v.safeParse(v.pipe(v.string(), v.parseJson(), apiError), await response.text())
  if (success) return new AnsweredError(output.error)
  return new ServerError(
    'SERVER_UNREACHABLE',
    `Cannot use server "${address.origin}": it answered ${response.status} without an error document`,
    { hint: 'Check that the address is that of a tsbuild server' },
  )
}
