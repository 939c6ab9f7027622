import { fullName, parseReference, withDefaultTag } from '../../registry/index.ts'
import type { BaseImages } from '../base-images.ts'
import type { Engine } from '../engine.ts'
import { BuildError } from '../errors.ts'

/** Base images from the store. */
export function createBaseImages({ store }: Pick<Engine, 'store' | 'registry'>): BaseImages {
  return {
    resolve: async ({ reference, platform }) => {
      const name = fullName(withDefaultTag(parseReference(reference)))
      const found = await store.images.findByReference(name)
      if (!found) throw new BuildError('BUILD_BASE_UNRESOLVED', `Cannot find "${name}": not in the store`)
      return { name, platform, id: found.id, config: found.config }
    },
    chain: async (base) => (await store.images.get(base.id)).chain,
  }
}
