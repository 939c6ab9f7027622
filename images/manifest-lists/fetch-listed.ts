import type { ImageReference, Index } from '../../image-spec/index.ts'
import type { RegistryClient } from '../../registry/index.ts'
import { isDocumentType } from '../documents/read-document.ts'
import type { ListEntry } from './manifest-list.ts'

/** The manifests that an index lists. */
export async function fetchListed(
  client: Pick<RegistryClient, 'fetchManifest'>,
  { host, repository }: ImageReference,
  { manifests }: Index,
  signal?: AbortSignal,
): Promise<readonly ListEntry[]> {
  const entries: ListEntry[] = []
  for (const descriptor of manifests.filter(({ mediaType }) => isDocumentType(mediaType))) {
    const reference = { host, repository, digest: descriptor.digest }
    entries.push({ reference, descriptor, bytes: (await client.fetchManifest(reference, signal)).bytes })
  }
  return entries
}
