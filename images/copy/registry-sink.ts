import { fullName, type ImageReference } from '../../image-spec/index.ts'
import { type RegistryClient, RegistryError } from '../../registry/index.ts'
import type { CopySink } from './copy-sink.ts'
import { type CopySource, nothingToClose } from './copy-source.ts'

/** Blobs are streamed from the source; those in another repository of the registry are mounted. */
export function registrySink(client: RegistryClient, reference: ImageReference, source: CopySource): CopySink {
  const { tag: _, ...untagged } = reference
  const { host, repository } = reference
  const from = source.reference
  const isInSameRegistry = source.isRegistry && from.host === host && from.repository !== repository
  const mountFrom = isInSameRegistry ? [from.repository] : []
  return {
    putBlob: ({ blob, open, onProgress }, signal) =>
      client.pushBlob(reference, blob, { open, onProgress, mountFrom, signal }),
    putDocument: async ({ descriptor, bytes }, role, signal) => {
      const { mediaType, digest } = descriptor
      if (role === 'referrer') {
        await client.pushReferrer(untagged, { mediaType, bytes }, signal)
        return
      }
      if (typeof role === 'object') {
        await client.pushManifest({ host, repository, tag: role.tag }, { mediaType, bytes }, signal)
        return
      }
      if (role === 'top' && reference.digest !== undefined && reference.digest !== digest) {
        const message = `Cannot push "${fullName(reference)}": the pushed manifest has digest ${digest}`
        throw new RegistryError('REGISTRY_DIGEST_MISMATCH', message, {
          hint: 'Specify the destination by tag instead',
        })
      }
      await client.pushManifest(role === 'top' ? reference : untagged, { mediaType, bytes }, signal)
    },
    finish: nothingToClose,
    close: nothingToClose,
  }
}
