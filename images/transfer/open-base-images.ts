import type { Platform } from '../../image-spec/index.ts'
import {
  bestFor,
  formatPlatform,
  fullName,
  type ImageReference,
  parseReference,
  repositoryName,
  storedName,
  withDefaultTag,
} from '../../image-spec/index.ts'
import { type Chain, type Image, type LayerId, type LayerStore, StoreError } from '../../layer-store/index.ts'
import { RegistryError } from '../../registry/index.ts'
import type { ImageSources } from '../remote/image-sources.ts'
import type { BaseImages, FoundBase } from './base-images.ts'
import { findCurrent } from './find-current.ts'
import { LAYER_TYPE } from './layer-type.ts'
import { storeRemote } from './pull-image.ts'
import { pullLayers } from './pull-layers.ts'
import { REGISTRY_ADDRESS } from './push-remote-layer.ts'
import { resolveRemote } from './resolve-image.ts'
import type { RemoteImage } from './transfer.ts'

/** Base images: from the store first, or from the registry if it has none or `pull` requires it. */
export function createBaseImages({ store, registry }: ImageSources): BaseImages {
  const origins = new WeakMap<FoundBase, Origin>()
  const found = (base: FoundBase, origin: Origin): FoundBase => {
    origins.set(base, origin)
    return base
  }
  const baseImages: BaseImages = {
    resolve: async ({ reference: text, platform, pull, isLayout }, signal) => {
      if (isLayout) {
        const { layoutReference, layoutSource } = await import('../layouts/layout-source.ts')
        const image = await resolveRemote(layoutSource, { reference: layoutReference(text), platform }, signal)
        return found({ name: text, platform, id: image.id, config: image.config }, { kind: 'layout', image })
      }
      const reference = withDefaultTag(parseReference(text))
      const name = fullName(reference)
      const local = pull === 'always' ? undefined : await findLocal(store, reference, platform)
      if (local !== undefined)
        return found({ name, platform, id: local.id, config: local.config }, { kind: 'store', chain: local.chain })
      if (pull === 'never') throw notInStore(name, platform)
      const fail = async (error: unknown): Promise<never> => {
        throw pull === 'always' ? error : withOwnPlatforms(error, await storedImages(store, reference))
      }
      const known = await findCurrent({ store, client: await registry() }, { reference, platform }, signal).catch(fail)
      if (known !== undefined) {
        const { image, digest } = known
        const { id, config, chain } = image
        return found({ name, platform, id, config, digest }, { kind: 'store', chain })
      }
      const remote = await resolveRemote(await registry(), { reference, platform }, signal).catch(fail)
      const { id, config, digest } = remote
      return found({ name, platform, id, config, digest }, { kind: 'registry', image: remote })
    },
    lazyChain: async (base, onProgress, signal) => {
      const origin = origins.get(base)
      const lazy = origin?.kind === 'registry' ? await nameLayers(store, origin.image) : undefined
      return lazy ?? baseImages.chain(base, onProgress, signal)
    },
    chain: async (base, onProgress, signal) => {
      const origin = origins.get(base)
      if (origin === undefined) return (await store.images.get(base.id)).chain
      if (origin.kind === 'store') return origin.chain
      if (origin.kind === 'registry')
        return (await storeRemote({ store, client: await registry(), onProgress }, origin.image, signal)).chain
      // Only its layers: an image that was not pulled or loaded is not listed.
      const { layoutSource } = await import('../layouts/layout-source.ts')
      return pullLayers({ store, client: layoutSource, onProgress }, origin.image, signal)
    },
  }
  return baseImages
}

/** Where a base's layers are. */
type Origin =
  /** Identified by its layers, since its name may be removed in the meantime. */
  | { readonly kind: 'store'; readonly chain: Chain }
  | { readonly kind: 'registry' | 'layout'; readonly image: RemoteImage }

/**
 * The layers with their known location in the registry. SECURITY: undefined if another blob is claimed to be one of
 * them: then this image's own is pulled, so that a false claim does not block it.
 */
async function nameLayers(store: LayerStore, { reference, manifest, config }: RemoteImage): Promise<Chain | undefined> {
  const chain: LayerId[] = []
  for (const [position, descriptor] of manifest.layers.entries()) {
    const diffId = config.rootfs.diff_ids[position]
    if (diffId === undefined || !LAYER_TYPE.test(descriptor.mediaType)) return undefined
    const here = await store.layers.findByDiffId(diffId)
    const isMade = here !== undefined && (here.hasTree || here.hasTar)
    if (!isMade && here?.compressed.some(({ digest }) => digest !== descriptor.digest)) return undefined
    const address = `${REGISTRY_ADDRESS}${repositoryName(reference)}`
    chain.push(await store.layers.addRemote(diffId, [{ descriptor, address }]))
  }
  return chain
}

function notInStore(name: string, platform: Platform): StoreError {
  const message = `Cannot find image "${name}" for ${formatPlatform(platform)}: not in the store, and pulling is disabled`
  return new StoreError('STORE_IMAGE_MISSING', message, { hint: 'Pull it first, or build with --pull=missing' })
}

/** Adds to the error that the stored image of that name is for other platforms. */
function withOwnPlatforms(error: unknown, here: readonly Image[]): unknown {
  if (!(error instanceof RegistryError) || here.length === 0) return error
  const platforms = here.map(({ config }) => formatPlatform(config)).join(', ')
  return new RegistryError(error.code, `${error.message}; the store has it for ${platforms}`, {
    cause: error,
    ...(error.status !== undefined && { status: error.status }),
    ...(error.hint !== undefined && { hint: error.hint }),
  })
}

/** The stored image for a reference, if it matches the platform. */
async function findLocal(store: LayerStore, reference: ImageReference, platform: Platform): Promise<Image | undefined> {
  return bestFor(platform, await storedImages(store, reference), ({ config }) => config)
}

function storedImages(store: LayerStore, reference: ImageReference): Promise<readonly Image[]> {
  return store.images.findAllByReference(storedName(reference))
}
