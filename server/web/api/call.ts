import { type Operation, operations } from '../../api/index.ts'
import { type ApiClient, createApiClient } from '../../client/api-client.ts'
import { ServerError } from '../../errors.ts'

/** The same client as on the command line; the browser adds the session's cookie. */
const client = createApiClient({ url: location.origin })

const READ_TIMEOUT_MS = 30_000

/**
 * Requests that only read have a timeout: a browser has six connections to a server, which open pages may all occupy.
 */
export const call: ApiClient['call'] = async (name, parts = {}) => {
  const { method, answer }: Operation = operations[name]
  if (method !== 'get' || typeof answer === 'string') return client.call(name, parts)
  const limit = AbortSignal.timeout(READ_TIMEOUT_MS)
  const signal = parts.signal === undefined ? limit : AbortSignal.any([parts.signal, limit])
  try {
    return await client.call(name, { ...parts, signal })
  } catch (error) {
    if (!limit.aborted || parts.signal?.aborted) throw error
    throw new ServerError('SERVER_UNREACHABLE', `Cannot reach server "${location.origin}": no response in time`, {
      hint: 'Close other pages of this server, or check whether it is overloaded',
      cause: error,
    })
  }
}

export interface Failure {
  readonly code: string
  readonly message: string
  readonly hint?: string | undefined
}

export function failureOf(error: unknown): Failure {
  const { code, message, hint } = error as Partial<Failure>
  return { code: code ?? 'PAGE_ERROR', message: message ?? String(error), hint }
}
