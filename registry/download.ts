import { RegistryError } from './errors.ts'
import type { RegistryOptions } from './registry-client.ts'
import { createTransport, type Transport } from './transport/create-transport.ts'

export interface DownloadRequest {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

export interface Downloaded {
  readonly body: AsyncIterable<Uint8Array>
  /** Of the `Last-Modified` header, seconds since the epoch. */
  readonly lastModifiedSeconds?: number
  readonly sizeBytes?: number
}

export interface Downloader {
  /** Any URL with the registries' trust, proxies, redirects and retries, without their credentials. Rejects on all but 200. */
  download(request: DownloadRequest): Promise<Downloaded>
  close(): Promise<void>
}

export function createDownloader(options: Omit<RegistryOptions, 'credentials'> = {}): Downloader {
  const transport = createTransport({ ...options, credentials: { find: () => Promise.resolve(undefined) } })
  return { download: (request) => download(transport, request), close: () => transport.close() }
}

async function download(transport: Transport, { url: text, headers, signal }: DownloadRequest): Promise<Downloaded> {
  const url = new URL(text)
  const registry = { host: url.host, origin: url.origin }
  const response = await transport.send({ method: 'GET', url, ...(headers && { headers }), registry, signal })
  if (response.status !== 200) {
    await response.discard()
    const code = response.status === 404 ? 'REGISTRY_NOT_FOUND' : 'REGISTRY_BAD_RESPONSE'
    throw new RegistryError(
      code,
      `Cannot download "${url.origin}${url.pathname}": the server answers ${response.status} (200)`,
    )
  }
  const modifiedMs = Date.parse(response.header('last-modified') ?? '')
  const sizeBytes = Number.parseInt(response.header('content-length') ?? '', 10)
  return {
    body: response.body,
    ...(Number.isFinite(modifiedMs) && { lastModifiedSeconds: Math.floor(modifiedMs / 1000) }),
    ...(Number.isFinite(sizeBytes) && { sizeBytes }),
  }
}
