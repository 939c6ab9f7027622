import { defineCommand } from '../command.ts'
import { findImage } from '../find-image.ts'
import { platformOf } from '../flags/platform.ts'
import { inspectImage } from '../images/inspect-image.ts'
import { inspectEach } from '../output/inspect-each.ts'
import { inspectFlags } from '../output/list-flags.ts'

export const imageInspect = defineCommand({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  flags: {
    ...inspectFlags,
    platform: { kind: 'string', help: 'Platform to select of a multi-platform image' },
  },
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'image',
  async run(call) {
    const { values } = call
    const { store } = await call.engine()
    const platform = values.platform === undefined ? undefined : platformOf(values.platform)
    return inspectEach(call, values.format, async (name) => {
      const { image } = await findImage(store, name, platform)
      return inspectImage(store, image)
    })
  },
})
