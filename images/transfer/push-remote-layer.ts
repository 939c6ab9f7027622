import type { Descriptor, Digest, ImageReference } from '../../image-spec/index.ts'
import { isEstargz, parseReference, repositoryName } from '../../image-spec/index.ts'
import type { LayerCompression, LayerId, LayerStore, RemoteForm } from '../../layer-store/index.ts'
import type { RegistryClient } from '../../registry/index.ts'

export interface RemoteLayerPush {
  readonly store: LayerStore
  readonly client: RegistryClient
  readonly reference: ImageReference
  readonly compression: LayerCompression
}

/**
 * Pushes a layer that is not in the store without fetching it: the destination has the blob, or mounts it from its
 * repository. Undefined if that fails: then the layer is fetched and uploaded like any other.
 */
export async function pushRemoteLayer(
  push: RemoteLayerPush,
  { id, diffId }: { readonly id: LayerId; readonly diffId: Digest | undefined },
  signal: AbortSignal,
): Promise<Descriptor | undefined> {
  const { store, client, reference, compression } = push
  if (diffId === undefined) return undefined
  for (const { descriptor, address } of await requestedForms(store, id, compression)) {
    const mountFrom = repositoryOf(address, reference)
    if (!(await client.mountBlob(reference, descriptor, { mountFrom, signal }))) continue
    const form: RemoteForm = { descriptor, address: `${REGISTRY_ADDRESS}${repositoryName(reference)}` }
    await store.layers.addRemote(diffId, [form]) // its layers can be fetched from where the image was pushed
    return descriptor
  }
  return undefined
}

/** The remote forms of a layer with the requested compression. */
export async function requestedForms(
  store: LayerStore,
  id: LayerId,
  compression: LayerCompression,
): Promise<readonly RemoteForm[]> {
  if (compression.mediaTypes !== 'oci') return []
  if (compression.level !== undefined) return [] // the level of a remote blob is unknown
  return (await store.layers.remoteForms(id)).filter(({ descriptor }) => isCompressed(descriptor, compression))
}

export const REGISTRY_ADDRESS = 'registry:'

function isCompressed(layer: Descriptor, { algorithm, keepsKnown }: LayerCompression): boolean {
  const { mediaType } = layer
  if (isEstargz(layer)) return keepsKnown === true || algorithm === 'estargz'
  const algorithms = keepsKnown ? (['gzip', 'zstd'] as const) : [algorithm]
  return algorithms.some(
    (one) => mediaType === `application/vnd.oci.image.layer.v1.tar${one === 'none' ? '' : `+${one}`}`,
  )
}

/** The repository in an address, if it is in the destination's registry. */
export function repositoryOf(address: string, { host }: ImageReference): readonly string[] {
  if (!address.startsWith(REGISTRY_ADDRESS)) return []
  const from = parseReference(address.slice(REGISTRY_ADDRESS.length))
  return from.host === host ? [from.repository] : []
}
