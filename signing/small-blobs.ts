import { type Descriptor, digestOf, type ImageReference } from '../image-spec/index.ts'
import type { RegistryClient } from '../registry/index.ts'

/** An SBOM of thousands of packages; the limit of cosign. */
const MAX_BYTES = 128 << 20

interface SmallBlob {
  readonly reference: ImageReference
  readonly mediaType: string
  readonly bytes: Buffer
}

/** Uploads bytes as a blob of the repository. */
export async function pushBytes(
  client: RegistryClient,
  { reference, mediaType, bytes }: SmallBlob,
  signal?: AbortSignal,
): Promise<Descriptor> {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length }
  const open = async function* (offset: number) {
    yield bytes.subarray(offset)
  }
  await client.pushBlob(reference, descriptor, { open, signal })
  return descriptor
}

/** The bytes of a blob, verified. SECURITY: the registry may send others, or never stop. */
export async function fetchBytes(
  client: RegistryClient,
  { reference, blob }: { readonly reference: ImageReference; readonly blob: Descriptor },
  signal?: AbortSignal,
): Promise<Buffer | undefined> {
  if (blob.size > MAX_BYTES) return undefined
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of client.fetchBlob(reference, blob, { ...(signal !== undefined && { signal }) })) {
    size += chunk.length
    if (size > blob.size) return undefined
    chunks.push(chunk)
  }
  const bytes = Buffer.concat(chunks)
  return digestOf(bytes) === blob.digest ? bytes : undefined
}
