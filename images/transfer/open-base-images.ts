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
import type { Image, LayerStore } from '../../layer-store/index.ts'
import { RegistryError } from '../../registry/index.ts'
import type { BaseImages, FoundBase } from '../base-images.ts'
import type { ImageSources } from '../image-sources.ts'
import { storeRemote } from './pull-image.ts'
import { pullLayers } from './pull-layers.ts'
import { resolveRemote } from './resolve-image.ts'
import type { RemoteImage } from './transfer.ts'

/** Base images: the store's first; the registry's where it has none, or where the build says `pull`. */
export function createBaseImages({ store, registry }: ImageSources): BaseImages {
  const remotes = new WeakMap<FoundBase, RemoteImage>()
  const layouts = new WeakMap<FoundBase, RemoteImage>()
  return {
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
      if (local !== undefined) return { name, platform, id: local.id, config: local.config }
      const remote = await resolveRemote(await registry(), reference, platform, signal).catch(
        async (error: unknown) => {
          throw withOwnPlatforms(error, await store.images.findAllByReference(name))
        },
      )
      const found = { name, platform, id: remote.id, config: remote.config, digest: remote.digest }
      remotes.set(found, remote)
      return found
    },
    chain: async (base, onProgress, signal) => {
      const layout = layouts.get(base)
      // Its layers only: an image that nobody pulled or loaded is not in the list of images.
      if (layout !== undefined) {
        const { layoutSource } = await import('../layouts/layout-source.ts')
        return pullLayers({ store, client: layoutSource, onProgress }, layout, signal)
      }
      const remote = remotes.get(base)
      if (remote === undefined) return (await store.images.get(base.id)).chain
      return (await storeRemote({ store, client: await registry(), onProgress }, remote, signal)).chain
    },
  }
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
