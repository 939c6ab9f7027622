import { RegistryError } from '../errors.ts'

interface EncodedResponse {
  readonly url: URL
  header(name: string): string | undefined
  readonly body: AsyncIterable<Uint8Array>
}

export function isEncoded(response: Pick<EncodedResponse, 'header'>): boolean {
  return /^(?:x-)?gzip$/i.test(response.header('content-encoding')?.trim() ?? '')
}

/**
 * The body of a document without its content encoding: some proxies compress documents unasked. Not for blobs, whose
 * digest is that of the bytes as sent.
 */
export async function* decodedBody(response: EncodedResponse): AsyncGenerator<Uint8Array> {
  if (!isEncoded(response)) {
    yield* response.body
    return
  }
  const { pipeline } = await import('node:stream')
  const { createGunzip } = await import('node:zlib')
  try {
    yield* pipeline(response.body, createGunzip(), () => {
      // the iteration reports failures
    })
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_'))) throw cause
    const found = 'its content encoding is gzip, but the body is not'
    const message = `Cannot read the response of "${response.url.host}": ${found} (expected a gzip stream)`
    throw new RegistryError('REGISTRY_BAD_RESPONSE', message, {
      cause,
      hint: 'Check that no proxy in front of the registry changes its responses',
    })
  }
}
