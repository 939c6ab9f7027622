import { type Descriptor, type ImageReference, repositoryName } from '../../image-spec/index.ts'
import { RegistryError } from '../errors.ts'
import type { PushBlobOptions } from '../registry-client.ts'
import type { Transport } from '../transport/create-transport.ts'
import { pushBlob } from './push-blob.ts'

/** Blobs that registries reported as mounted. Some report it for blobs that they do not have, and refuse the manifest. */
export interface MountedBlobs {
  add(reference: ImageReference, blob: Descriptor, options: PushBlobOptions): void
  /** Pushes a document. If it is refused, uploads the mounted blobs that are missing and pushes it again. */
  pushDocument<T>(reference: ImageReference, push: () => Promise<T>, signal: AbortSignal | undefined): Promise<T>
}

export function createMountedBlobs(transport: Transport): MountedBlobs {
  const byRepository = new Map<string, (readonly [Descriptor, PushBlobOptions])[]>()
  const uploadMissing = async (reference: ImageReference, signal: AbortSignal | undefined): Promise<boolean> => {
    const mounted = byRepository.get(repositoryName(reference)) ?? []
    byRepository.delete(repositoryName(reference))
    let hasUploaded = false
    for (const [blob, options] of mounted) {
      const outcome = await pushBlob({ transport, reference, blob, options: { ...options, mountFrom: [], signal } })
      hasUploaded ||= outcome === 'uploaded'
    }
    return hasUploaded
  }
  return {
    add: (reference, blob, options) => {
      const name = repositoryName(reference)
      byRepository.set(name, [...(byRepository.get(name) ?? []), [blob, options]])
    },
    pushDocument: async (reference, push, signal) => {
      try {
        return await push()
      } catch (failure) {
        const mayLackBlobs = failure instanceof RegistryError && (failure.status === 400 || failure.status === 404)
        if (!mayLackBlobs || !(await uploadMissing(reference, signal))) throw failure
        return push()
      }
    },
  }
}
