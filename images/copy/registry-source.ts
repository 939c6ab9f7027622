import type { ImageReference } from '../../image-spec/index.ts'
import type { RegistryClient } from '../../registry/index.ts'
import { type CopySource, nothingToClose } from './copy-source.ts'

export function registrySource(client: RegistryClient, reference: ImageReference, signal?: AbortSignal): CopySource {
  return {
    documents: client,
    reference,
    isRegistry: true,
    referrers: (subject) => client.listReferrers(reference, subject, { signal }),
    close: nothingToClose,
  }
}
