import type { Socket } from 'node:net'
import { RegistryError } from '../errors.ts'
import { decodedBody } from './decoded-body.ts'

/** One request to a registry, as passed through the layers of the transport. */
export interface ExchangeRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: URL
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: ExchangeBody
  /** The body contains credentials: redirects to another origin are refused. */
  readonly hasSecretBody?: boolean
  readonly registry: RegistryOrigin
  /** Token scopes that the request needs: `repository:library/busybox:pull`. */
  readonly scopes?: readonly string[]
  /** Do not retry: the caller does so itself, after checking what arrived. */
  readonly once?: boolean
  /** The body is long: another process may read the rest from the connection. */
  readonly wantsConnection?: boolean
  /** Shortens the timeout for the response. */
  readonly maxResponseMs?: number
  /** The host whose redirect led to `url`. */
  readonly redirectedBy?: string
  readonly signal?: AbortSignal | undefined
}

/** The registry of a request. SECURITY: credentials for `host` are sent only to `origin`, wherever redirects lead. */
export interface RegistryOrigin {
  /** As in references: `docker.io`. */
  readonly host: string
  /** As in URLs: `https://registry-1.docker.io`. */
  readonly origin: string
  /** Not a registry but any server, for messages. */
  readonly isAnyServer?: true
}

export interface ExchangeBody {
  readonly sizeBytes: number
  /** Returns the bytes from the start; can be called repeatedly. */
  readonly open: () => AsyncIterable<Uint8Array>
}

export interface ExchangeResponse {
  readonly status: number
  /** URL after redirects. */
  readonly url: URL
  header(name: string): string | undefined
  /** Must be read to the end or discarded. Fails with RegistryError. */
  readonly body: AsyncIterable<Uint8Array>
  /** Discards an unread body. */
  discard(): Promise<void>
  /** Set if requested and the connection's bytes are those of the body. */
  readonly connection?: Connection
}

/** A plain connection that receives a body of known length. */
export interface Connection {
  readonly socket: Socket
  /** A body that receives (almost) nothing for this long is given up. */
  readonly idleMs: number
  /** What this process has already read. From this call until the socket is passed on, do not await anything. */
  drain(): readonly Uint8Array[]
  /** Closes this side of the connection after it was passed on. */
  leave(): void
}

/**
 * A layer of the transport: each adds one behavior to the next. Rejects with RegistryError if there was no response.
 */
export type Exchange = (request: ExchangeRequest) => Promise<ExchangeResponse>

/** SECURITY: at the minimum speed of a body, 4 MiB would take days. */
const MAX_DOCUMENT_MS = 120_000

/**
 * The decoded body up to `maxBytes`; if there is more, it is discarded and `isWhole` is false. SECURITY: a hostile peer
 * may never stop.
 */
export async function readCapped(
  response: ExchangeResponse,
  maxBytes: number,
): Promise<{ readonly bytes: Buffer; readonly isWhole: boolean }> {
  const chunks: Uint8Array[] = []
  let size = 0
  const beganAtMs = performance.now()
  for await (const chunk of decodedBody(response)) {
    if (performance.now() - beganAtMs > MAX_DOCUMENT_MS) throw tooSlow(response, size)
    const remaining = maxBytes - size
    if (chunk.length > remaining) {
      chunks.push(chunk.subarray(0, remaining))
      return { bytes: Buffer.concat(chunks), isWhole: false }
    }
    chunks.push(chunk)
    size += chunk.length
  }
  return { bytes: Buffer.concat(chunks), isWhole: true }
}

function tooSlow({ url }: ExchangeResponse, size: number): RegistryError {
  const found = `it did not end within ${MAX_DOCUMENT_MS / 1000} s (${size} bytes)`
  return new RegistryError('REGISTRY_BAD_RESPONSE', `Cannot read the response of "${url.host}": ${found}`)
}

export function bodyOf(bytes: Uint8Array): ExchangeBody {
  return {
    sizeBytes: bytes.length,
    open: async function* () {
      yield bytes
    },
  }
}
