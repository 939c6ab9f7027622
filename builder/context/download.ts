/** Fetches a URL; the registry room's HTTP client fits (`downloadUrl`). Rejects on anything but 200. */
export type Download = (request: {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}) => Promise<Downloaded>

export interface Downloaded {
  readonly body: AsyncIterable<Uint8Array>
  /** Of the `Last-Modified` header, seconds since the epoch. */
  readonly lastModifiedSeconds?: number
  /** Of the `Content-Disposition` header, a bare file name. */
  readonly filename?: string
  readonly sizeBytes?: number
}
