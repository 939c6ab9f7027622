import { type Descriptor, digestOf, MediaType } from '../../image-spec/index.ts'
import { createRegistryClient, type RegistryClient, type RegistryOptions } from '../../registry/index.ts'
import { removeAfterFile } from '../support/removed-afterwards.ts'

export function blobOf(bytes: Buffer): Descriptor {
  return { mediaType: MediaType.ociLayer, digest: digestOf(bytes), size: bytes.length }
}

export function opener(bytes: Buffer): (offset: number) => AsyncIterable<Uint8Array> {
  return async function* (offset) {
    for (let at = offset; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
  }
}

export async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Without credentials, and with short pauses between retries. It is closed at the end of the test file. */
export function anonymousClient(options: Partial<RegistryOptions> = {}): RegistryClient {
  const anyone = { find: async () => undefined }
  const client = createRegistryClient({ credentials: anyone, env: {}, retryDelayMs: 1, ...options })
  removeAfterFile(() => client.close())
  return client
}
