import type { RegistryOptions } from './registry-client.ts'
import { createTransport } from './transport/create-transport.ts'
import {
  bodyOf,
  type ExchangeBody,
  type ExchangeRequest,
  type ExchangeResponse,
  readCapped,
} from './transport/exchange.ts'

export type ServerRequest = Pick<ExchangeRequest, 'method' | 'url' | 'headers' | 'signal'> & {
  readonly body?: ExchangeBody
}

/** Client for any server, with the registries' CAs, proxies, redirects and retries, without their credentials. */
export interface ServerClient {
  /** Resolves with any status. Rejects with RegistryError if there was no response. */
  send(request: ServerRequest): Promise<ExchangeResponse>
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
    close: () => transport.close(),
  }
}
