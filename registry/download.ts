import { RegistryError } from './errors.ts'
import type { RegistryOptions } from './registry-client.ts'
import { createTransport, type Transport } from './transport/create-transport.ts'

export interface DownloadRequest {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** ETag of an earlier download: if it still matches, the response is "not modified", without a body. */
  readonly etag?: string
  readonly signal?: AbortSignal
}

export interface Downloaded {
  readonly body: AsyncIterable<Uint8Array>
  readonly isUnchanged: boolean
  readonly etag?: string
  /** From the `Last-Modified` header, seconds since the epoch. */
  readonly lastModifiedSeconds?: number
  /** From the `Content-Disposition` header, a bare file name. */
  readonly filename?: string
  readonly sizeBytes?: number
}

export interface Downloader {
  /**
   * Downloads any URL with the registries' CAs, proxies, redirects and retries, without their credentials. SPEC: BuildKit
   * source/http: rejects if the status is below 200, or 400 and above.
   */
  download(request: DownloadRequest): Promise<Downloaded>
  close(): Promise<void>
}

/** SECURITY: an insecure registry does not make downloads from its host insecure: they trust known CAs only. */
export function createDownloader(options: Omit<RegistryOptions, 'credentials' | 'insecureHosts'> = {}): Downloader {
  const credentials = { find: () => Promise.resolve(undefined) }
  const transport = createTransport({ ...options, credentials }, () => false)
  return { download: (request) => download(transport, request), close: () => transport.close() }
}

async function download(transport: Transport, request: DownloadRequest): Promise<Downloaded> {
  const url = URL.canParse(request.url) ? new URL(request.url) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new RegistryError(
      'REGISTRY_BAD_REFERENCE',
      `Cannot download "${shown(request.url)}": not an http or https URL`,
    )
  }
  const headers = Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])
  if (request.etag !== undefined) headers.push(['if-none-match', request.etag])
  const response = await transport.sendBare({
    method: 'GET',
    url,
    headers: Object.fromEntries(headers),
    registry: { host: url.host, origin: url.origin, isAnyServer: true },
    signal: request.signal,
  })
  const isUnchanged = response.status === 304 && request.etag !== undefined
  const { status } = response
  if ((status < 200 || status >= 400 || status === 304) && !isUnchanged) {
    throw await transport.failure(response, {
      action: 'download',
      object: shown(request.url),
      server: url,
      isRegistry: false,
    })
  }
  const size = response.header('content-length')
  const modified = Date.parse(response.header('last-modified') ?? '')
  const filename = filenameOf(response.header('content-disposition'))
  const etag = response.header('etag')
  return {
    body: response.body,
    isUnchanged,
    ...(etag !== undefined && { etag }),
    ...(size !== undefined && /^\d{1,15}$/.test(size) ? { sizeBytes: Number(size) } : {}),
    ...(Number.isNaN(modified) ? {} : { lastModifiedSeconds: Math.floor(modified / 1000) }),
    ...(filename !== undefined && { filename }),
  }
}

/** SECURITY: a file name from the server is accepted only if it is a bare name. */
function filenameOf(disposition: string | undefined): string | undefined {
  const name = /(?:^|;)\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))/i.exec(disposition ?? '')
  const bare = (name?.[1]?.replace(/\\(.)/g, '$1') ?? name?.[2])?.split(/[/\\]/).pop()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no such character belongs in a file's name
  return bare === undefined || bare === '' || bare === '.' || bare === '..' || /[\u0000-\u001f]/.test(bare)
    ? undefined
    : bare
}

/** SECURITY: messages contain neither passwords nor signed queries. */
function shown(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/s, '')
}
