import type { Socket } from 'node:net'
import { RegistryError } from '../errors.ts'

/** One request to a registry, as every layer of the transport passes it on. */
export interface ExchangeRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: URL
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: ExchangeBody
  /** The body holds credentials: a redirect to another origin is refused. */
  readonly hasSecretBody?: boolean
  readonly registry: RegistryOrigin
  /** Token scopes that the request needs: `repository:library/busybox:pull`. */
  readonly scopes?: readonly string[]
  /** Sent a single time: the caller repeats it itself, having looked what arrived. */
  readonly once?: boolean
  /** The body is long: another process may read the rest of it from the connection. */
  readonly wantsConnection?: boolean
  readonly signal?: AbortSignal | undefined
}

/** Whom the request is for. SECURITY: credentials of `host` are sent to `origin` only, wherever redirects lead. */
export interface RegistryOrigin {
  /** As in references: `docker.io`. */
  readonly host: string
  /** As in URLs: `https://registry-1.docker.io`. */
  readonly origin: string
  /** Any server, for messages. */
  readonly isAnyServer?: true
}

export interface ExchangeBody {
  readonly sizeBytes: number
  /** Gives the bytes from the start, as often as asked. */
  readonly open: () => AsyncIterable<Uint8Array>
}

export interface ExchangeResponse {
  readonly status: number
  /** Where the answer came from, after redirects. */
  readonly url: URL
  header(name: string): string | undefined
  /** To be read to its end, or discarded. Fails with RegistryError. */
  readonly body: AsyncIterable<Uint8Array>
  /** Lets go of an unread body. */
  discard(): Promise<void>
  /** Where it was requested, and its bytes are those of the body. */
  readonly connection?: Connection
}

/** A plain connection that brings a body whose length is known. */
export interface Connection {
  readonly socket: Socket
  /** A body that brings nothing, or next to nothing, for so long is given up. */
  readonly idleMs: number
  /** What this process has read already. From here until the socket is passed on, no event may be waited for. */
  drain(): readonly Uint8Array[]
  /** Closes the connection on this side, once it was passed on. */
  leave(): void
}

/** A layer of the transport: each adds one behaviour to the next. Rejects with RegistryError where nothing was answered. */
export type Exchange = (request: ExchangeRequest) => Promise<ExchangeResponse>

/** SECURITY: 4 MiB at the least speed that a body may have would take days. */
const MAX_DOCUMENT_MS = 120_000

/** The body up to `maxBytes`; the rest is discarded and `isWhole` is false. SECURITY: a hostile peer may never stop. */
export async function readCapped(
  response: ExchangeResponse,
  maxBytes: number,
): Promise<{ readonly bytes: Buffer; readonly isWhole: boolean }> {
  const chunks: Uint8Array[] = []
  let size = 0
  const beganAtMs = performance.now()
  for await (const chunk of response.body) {
    if (performance.now() - beganAtMs > MAX_DOCUMENT_MS) throw tooSlow(response, size)
    const room = maxBytes - size
    if (chunk.length > room) {
      chunks.push(chunk.subarray(0, room))
      return { bytes: Buffer.concat(chunks), isWhole: false }
    }
    chunks.push(chunk)
    size += chunk.length
  }
  return { bytes: Buffer.concat(chunks), isWhole: true }
}

function tooSlow({ url }: ExchangeResponse, size: number): RegistryError {
  const found = `${size} bytes came in ${MAX_DOCUMENT_MS / 1000} s, and no end`
  return new RegistryError('REGISTRY_BAD_RESPONSE', `Cannot read the answer of "${url.host}": ${found}`)
}

export function bodyOf(bytes: Uint8Array): ExchangeBody {
  return {
    sizeBytes: bytes.length,
    open: async function* () {
      yield bytes
    },
  }
}
