import type { Digest, ImageReference } from '../../image-spec/index.ts'
import { type RegistryClient, RegistryError } from '../../registry/index.ts'
import { cosignTagsOf } from '../documents/cosign-tags.ts'
import { type CopySource, nothingToClose, type TaggedDocument } from './copy-source.ts'

export function registrySource(client: RegistryClient, reference: ImageReference, signal?: AbortSignal): CopySource {
  const { host, repository } = reference
  const find = async (tag: string): Promise<readonly TaggedDocument[]> => {
    try {
      return [{ tag, digest: (await client.resolve({ host, repository, tag }, signal)).digest }]
    } catch (error) {
      if (error instanceof RegistryError && error.code === 'REGISTRY_NOT_FOUND') return []
      throw error
    }
  }
  return {
    documents: client,
    reference,
    isRegistry: true,
    referrers: (subject) => client.listReferrers(reference, subject, { signal }),
    cosignTags: async (subject: Digest) => (await Promise.all(cosignTagsOf(subject).map(find))).flat(),
    close: nothingToClose,
  }
}
