import type { Platform } from '../../image-spec/index.ts'
import {
  bestFor,
  formatPlatform,
  fullName,
  type ImageReference,
  parseReference,
  repositoryName,
  withDefaultTag,
} from '../../image-spec/index.ts'
import type { Chain, Image, LayerId, LayerStore } from '../../layer-store/index.ts'
import { RegistryError } from '../../registry/index.ts'
import type { BaseImages, FoundBase } from '../base-images.ts'
import type { ImageSources } from '../image-sources.ts'
import { findCurrent } from './find-current.ts'
import { LAYER_TYPE } from './layer-type.ts'
import { storeRemote } from './pull-image.ts'
import { pullLayers } from './pull-layers.ts'
import { REGISTRY_ADDRESS } from './push-remote-layer.ts'
import { resolveRemote } from './resolve-image.ts'
import type { RemoteImage } from './transfer.ts'

/** Base images: the store's first; the registry's where it has none, or with `pull`. */
export function createBaseImages({ store, registry }: ImageSources): BaseImages {
  const remotes = new WeakMap<FoundBase, RemoteImage>()
  const layouts = new WeakMap<FoundBase, RemoteImage>()
  const locals = new WeakMap<FoundBase, Chain>()
  const baseImages: BaseImages = {
    resolve: async ({ reference: text, platform, pull, isLayout }, signal) => {
      if (isLayout) {
        const { layoutReference, layoutSource } = await import('../layouts/layout-source.ts')
        const image = await resolveRemote(layoutSource, layoutReference(text), platform, signal)
        const found = { name: text, platform, id: image.id, config: image.config }
        layouts.set(found, image)
        return found
      }
      const reference = withDefaultTag(parseReference(text))
      const name = fullName(reference)
      const local = pull ? undefined : await findLocal(store, reference, platform)
      if (local !== undefined) {
        const found = { name, platform, id: local.id, config: local.config }
        locals.set(found, local.chain) // its name may be removed meanwhile
        return found
      }
      const naming = async (error: unknown): Promise<never> => {
        throw pull ? error : withOwnPlatforms(error, await store.images.findAllByReference(name))
      }
      const current = await findCurrent(store, await registry(), { reference, platform }, signal).catch(naming)
      if (current !== undefined) {
        const { image, digest } = current
        const found = { name, platform, id: image.id, config: image.config, digest }
        locals.set(found, image.chain)
        return found
      }
      const remote = await resolveRemote(await registry(), reference, platform, signal).catch(naming)
      const found = { name, platform, id: remote.id, config: remote.config, digest: remote.digest }
      remotes.set(found, remote)
      return found
    },
    lazyChain: async (base, onProgress, signal) => {
      const remote = remotes.get(base)
      const lazy = remote && (await nameLayers(store, remote))
      return lazy ?? baseImages.chain(base, onProgress, signal)
    },
    chain: async (base, onProgress, signal) => {
      const layout = layouts.get(base)
      // Its layers only: an image that no one pulled or loaded is not in the list of images.
      if (layout !== undefined) {
        const { layoutSource } = await import('../layouts/layout-source.ts')
        return pullLayers({ store, client: layoutSource, onProgress }, layout, signal)
      }
      const remote = remotes.get(base)
      if (remote === undefined) return locals.get(base) ?? (await store.images.get(base.id)).chain
      return (await storeRemote({ store, client: await registry(), onProgress }, remote, signal)).chain
    },
  }
  return baseImages
}

/**
 * The layers as known to be in the registry. SECURITY: undefined where another blob is already claimed to be one of them:
 * then this image's own is pulled, so that a bad claim does not block it.
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
    chain.push((await store.layers.addRemote(diffId, [{ descriptor, address }])).id)
  }
  return chain
}

/** What is here under the name, where it is for other platforms than the one that the registry was asked for. */
function withOwnPlatforms(error: unknown, here: readonly Image[]): unknown {
  if (!(error instanceof RegistryError) || here.length === 0) return error
  const platforms = here.map(({ config }) => formatPlatform(config)).join(', ')
  return new RegistryError(error.code, `${error.message}; the store has it for ${platforms}`, {
    cause: error,
    ...(error.status !== undefined && { status: error.status }),
    ...(error.hint !== undefined && { hint: error.hint }),
  })
}

/** The image that a reference names in the store, if it runs on the platform. */
async function findLocal(store: LayerStore, reference: ImageReference, platform: Platform): Promise<Image | undefined> {
  const { digest } = reference
  const name = digest === undefined ? fullName(reference) : `${repositoryName(reference)}@${digest}`
  return bestFor(platform, await store.images.findAllByReference(name), ({ config }) => config)
}
