import { RegistryError } from './errors.ts'
import type { RegistryOptions } from './registry-client.ts'
import { createTransport } from './transport/create-transport.ts'
import {
  bodyOf,
  type ExchangeBody,
  type ExchangeRequest,
  type ExchangeResponse,
  readCapped,
} from './transport/exchange.ts'
import { backoffMs, pauseBeforeRetry, type RetryPolicy, reconnecting } from './transport/retry.ts'

export type ServerRequest = Pick<ExchangeRequest, 'method' | 'url' | 'headers' | 'signal'> & {
  readonly body?: ExchangeBody
}

export interface ResumedRange {
  readonly offset: number
  /** Of the whole body. */
  readonly sizeBytes: number
  readonly signal: AbortSignal | undefined
}

/** Client for any server, with the registries' CAs, proxies, redirects and retries, without their credentials. */
export interface ServerClient {
  /** Resolves with any status. Rejects with RegistryError if there was no response. */
  send(request: ServerRequest): Promise<ExchangeResponse>
  /** The bytes of a body from an offset; after a broken connection, `open` is called again for the rest. */
  resume(open: (offset: number) => Promise<ExchangeResponse>, range: ResumedRange): AsyncGenerator<Uint8Array>
  /** A whole document up to `maxBytes`, requested again after a broken connection. Undefined if `open` finds none. */
  read(
    open: () => Promise<ExchangeResponse | undefined>,
    options: { readonly maxBytes: number; readonly signal: AbortSignal | undefined },
  ): Promise<{ readonly bytes: Buffer; readonly isWhole: boolean } | undefined>
  /** Waits before retry `attempt` (starting at 0) of what only the caller can judge; false if there were enough. */
  mayRetry(attempt: number, signal: AbortSignal | undefined): Promise<boolean>
  close(): Promise<void>
}

export type ServerResponse = ExchangeResponse
export type ServerBody = ExchangeBody
export { bodyOf, readCapped }

export function createServerClient(options: Omit<RegistryOptions, 'credentials' | 'insecureHosts'> = {}): ServerClient {
  const credentials = { find: () => Promise.resolve(undefined) }
  const transport = createTransport({ ...options, credentials }, () => false)
  return {
    send: (request) => {
      const { host, origin } = request.url
      return transport.sendBare({ ...request, registry: { host, origin, isAnyServer: true } })
    },
    resume: (open, range) => resume(open, range, transport.policy),
    read: async (open, { maxBytes, signal }) => {
      const reconnect = reconnecting(transport.policy, signal)
      for (;;) {
        const response = await open()
        if (response === undefined) return undefined
        try {
          return await readCapped(response, maxBytes)
        } catch (failure) {
          await reconnect(failure, 0)
        }
      }
    },
    mayRetry: async (attempt, signal) => {
      if (attempt >= transport.policy.retries) return false
      await pauseBeforeRetry(backoffMs(transport.policy, attempt), signal)
      return true
    },
    close: () => transport.close(),
  }
}

async function* resume(
  open: (offset: number) => Promise<ExchangeResponse>,
  { offset, sizeBytes, signal }: ResumedRange,
  policy: RetryPolicy,
): AsyncGenerator<Uint8Array> {
  const reconnect = reconnecting(policy, signal)
  let position = offset
  while (position < sizeBytes) {
    const start = position
    const response = await open(position) // has been retried
    try {
      for await (const chunk of response.body) {
        position += chunk.length
        yield chunk
      }
      if (position < sizeBytes) throw endedEarly(response, position, sizeBytes)
    } catch (failure) {
      await reconnect(failure, position - start)
    }
  }
}

function endedEarly({ url }: ExchangeResponse, position: number, sizeBytes: number): RegistryError {
  const message = `Cannot read the response of "${url.host}": it ended after ${position} of ${sizeBytes} bytes`
  return new RegistryError('REGISTRY_UNAVAILABLE', message)
}
