import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { removeAfterFile } from './removed-afterwards.ts'

/** A registry in this process with injectable faults; for everything else there is `startRegistry()`. */
export interface FaultRegistry {
  readonly host: string
  /** Blobs by digest. */
  readonly blobs: Map<string, Buffer>
  /** Manifests by `repository:tag` and `repository@digest`. */
  readonly manifests: Map<string, { readonly type: string; readonly bytes: Buffer }>
  readonly requests: SeenRequest[]
  /** Called in order before each response; true means that the fault has responded. */
  readonly faults: Fault[]
  /** Each PATCH takes one of these numbers and loses its connection after that many bytes. */
  readonly uploadCuts: number[]
  /** Before the end of the test file. */
  stop(): Promise<void>
}

export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
}

export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>

export async function startFaultRegistry(tls?: {
  readonly cert: string
  readonly key: string
}): Promise<FaultRegistry> {
  const uploads = new Map<string, Buffer[]>()
  const registry: State = { blobs: new Map(), manifests: new Map(), requests: [], faults: [], uploadCuts: [] }
  const listener: RequestListener = (request, response) => {
    registry.requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers })
    answer(registry, uploads, request, response).catch(() => response.destroy())
  }
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // always the case for a TCP server
  const stop = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  removeAfterFile(stop)
  return { ...registry, host: `127.0.0.1:${port}`, stop }
}

export function digest(bytes: Uint8Array): `sha256:${string}` {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** Answers the first `times` matching requests with a status. */
export function answering(
  times: number,
  matches: (request: IncomingMessage) => boolean,
  status: number,
  more: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string } = {},
): Fault {
  let left = times
  return (request, response) => {
    if (left === 0 || !matches(request)) return false
    left--
    request.resume()
    response.writeHead(status, more.headers).end(more.body)
    return true
  }
}

/** Sends `bytes` of a blob and cuts the connection, the first `times` times. */
export function cuttingBlobs(registry: FaultRegistry, times: number, bytes: number): Fault {
  let left = times
  return (request, response) => {
    const blob = registry.blobs.get(/\/blobs\/(sha256:[0-9a-f]{64})$/.exec(request.url ?? '')?.[1] ?? '')
    if (left === 0 || request.method !== 'GET' || blob === undefined) return false
    left--
    const rest = startRange(request, response, blob)
    response.write(rest.subarray(0, bytes), () => response.destroy())
    return true
  }
}

type State = Omit<FaultRegistry, 'host' | 'stop'>

async function answer(
  registry: State,
  uploads: Map<string, Buffer[]>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  for (const fault of registry.faults) if (await fault(request, response)) return
  const url = new URL(request.url ?? '/', 'http://registry')
  const upload = /^\/v2\/(.+)\/blobs\/uploads\/([^/]*)$/.exec(url.pathname)
  const blob = /^\/v2\/(.+)\/blobs\/(sha256:[0-9a-f]{64})$/.exec(url.pathname)
  const manifest = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(url.pathname)
  if (url.pathname === '/v2/') response.writeHead(200).end()
  else if (upload !== null) await answerUpload(registry, uploads, { request, response, url, id: upload[2] ?? '' })
  else if (blob !== null) answerBlob(registry.blobs.get(blob[2] ?? ''), request, response)
  else if (manifest !== null) await answerManifest(registry, request, response, [manifest[1] ?? '', manifest[2] ?? ''])
  else unknown(response, 'NAME_UNKNOWN')
}

function answerBlob(blob: Buffer | undefined, request: IncomingMessage, response: ServerResponse): void {
  if (blob === undefined) unknown(response, 'BLOB_UNKNOWN')
  else {
    const rest = startRange(request, response, blob)
    response.end(request.method === 'HEAD' ? undefined : rest)
  }
}

/** Writes the head of a response; returns the bytes for the Range header. */
function startRange(request: IncomingMessage, response: ServerResponse, blob: Buffer): Buffer {
  const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
  const range = start === 0 ? {} : { 'content-range': `bytes ${start}-${blob.length - 1}/${blob.length}` }
  response.writeHead(start === 0 ? 200 : 206, { 'content-length': blob.length - start, ...range })
  return blob.subarray(start)
}

async function answerManifest(
  registry: State,
  request: IncomingMessage,
  response: ServerResponse,
  [repository, name]: readonly [string, string],
): Promise<void> {
  const key = `${repository}${name.startsWith('sha256:') ? '@' : ':'}${name}`
  if (request.method === 'PUT') {
    const parts: Buffer[] = []
    await receive(request, parts)
    const stored = { type: request.headers['content-type'] ?? '', bytes: Buffer.concat(parts) }
    registry.manifests.set(key, stored)
    registry.manifests.set(`${repository}@${digest(stored.bytes)}`, stored)
    response.writeHead(201, { 'docker-content-digest': digest(stored.bytes) }).end()
    return
  }
  const found = registry.manifests.get(key)
  if (found === undefined) {
    unknown(response, 'MANIFEST_UNKNOWN')
    return
  }
  response.writeHead(200, {
    'content-type': found.type,
    'content-length': found.bytes.length,
    'docker-content-digest': digest(found.bytes),
  })
  response.end(request.method === 'HEAD' ? undefined : found.bytes)
}

interface UploadRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly id: string
}

async function answerUpload(registry: State, uploads: Map<string, Buffer[]>, asked: UploadRequest): Promise<void> {
  const { request, response, url } = asked
  const id = asked.id === '' ? randomUUID() : asked.id
  const parts = asked.id === '' ? [] : uploads.get(id)
  if (parts === undefined) {
    unknown(response, 'BLOB_UPLOAD_UNKNOWN')
    return
  }
  uploads.set(id, parts)
  await receive(request, parts, request.method === 'PATCH' ? registry.uploadCuts.shift() : undefined)
  const size = parts.reduce((sum, part) => sum + part.length, 0)
  if (request.method !== 'PUT') {
    const location = `${url.pathname.replace(/[^/]*$/, '')}${id}`
    response.writeHead(request.method === 'GET' ? 204 : 202, { location, range: `0-${Math.max(0, size - 1)}` }).end()
    return
  }
  const bytes = Buffer.concat(parts)
  const wanted = url.searchParams.get('digest')
  if (wanted !== digest(bytes)) {
    unknown(response, 'DIGEST_INVALID', 400)
    return
  }
  registry.blobs.set(wanted, bytes)
  uploads.delete(id)
  response.writeHead(201).end()
}

/** A connection that ends early keeps the received data in `parts`. */
async function receive(request: IncomingMessage, parts: Buffer[], cutAfter = Number.POSITIVE_INFINITY): Promise<void> {
  let seen = 0
  for await (const chunk of request) {
    parts.push(chunk)
    seen += chunk.length
    if (seen > cutAfter) request.destroy()
  }
}

function unknown(response: ServerResponse, code: string, status = 404): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ errors: [{ code, message: code.toLowerCase().replaceAll('_', ' ') }] }))
}
