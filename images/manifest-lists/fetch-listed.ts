import type { ImageReference, Index } from '../../image-spec/index.ts'
import { type RegistryClient, RegistryError } from '../../registry/index.ts'
import { isDocumentType } from '../documents/read-document.ts'
import type { ListEntry } from './manifest-list.ts'

/** SECURITY: each may have 4 MiB, and all are held in memory. */
const MAX_TOTAL_BYTES = 64 << 20

interface ListedIndex {
  readonly reference: ImageReference
  readonly index: Index
}

/** The manifests that an index lists. */
export async function fetchListed(
  client: Pick<RegistryClient, 'fetchManifest'>,
  { reference: { host, repository }, index: { manifests } }: ListedIndex,
  signal?: AbortSignal,
): Promise<readonly ListEntry[]> {
  const entries: ListEntry[] = []
  let totalBytes = 0
  for (const descriptor of manifests.filter(({ mediaType }) => isDocumentType(mediaType))) {
    const reference = { host, repository, digest: descriptor.digest }
    const { bytes } = await client.fetchManifest(reference, { action: 'inspect', signal })
    entries.push({ reference, descriptor, bytes })
    totalBytes += bytes.length
    if (totalBytes > MAX_TOTAL_BYTES) {
      const message = `Cannot inspect "${host}/${repository}": the manifests of its index have more than ${MAX_TOTAL_BYTES >> 20} MiB`
      throw new RegistryError('REGISTRY_BAD_RESPONSE', message)
    }
  }
  return entries
}
