import { fullName, parseReference, withDefaultTag } from '../../../image-spec/index.ts'
import { defineCommand } from '../../command.ts'
import { usageError } from '../../errors.ts'
import { findImages } from '../../find-image.ts'

export const tag = defineCommand({
  usage: 'SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]',
  flags: {},
  positionals: { min: 2, max: 2 },
  completes: 'image',
  async run({ positionals, engine }) {
    const [source = '', target = ''] = positionals
    const reference = parseReference(target)
    if (reference.digest !== undefined)
      throw usageError(`Cannot tag with "${target}": contains a digest (expected name:tag)`)
    const { store } = await engine()
    const { images } = await findImages(store, source)
    const ids = images.map(({ id }) => id)
    await store.images.tag(ids, fullName(withDefaultTag(reference)))
    return 0
  },
})
