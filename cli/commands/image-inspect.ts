import { defineCommand } from '../command.ts'
import { findImage } from '../find-image.ts'
import { platformOf } from '../flags/platform.ts'
import { inspectImage } from '../images/inspect-image.ts'
import { formatDocuments } from '../output/format-documents.ts'
import { inspectFlags } from '../output/list-flags.ts'

export const imageInspect = defineCommand({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  flags: {
    ...inspectFlags,
    platform: { kind: 'string', help: 'Of images for several platforms the one for this one' },
  },
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'image',
  async run({ values, positionals, io, engine }) {
    const { store } = await engine()
    const documents: unknown[] = []
    const platform = values.platform === undefined ? undefined : platformOf(values.platform)
    for (const name of positionals) {
      const { image } = await findImage(store, name, platform)
      documents.push(await inspectImage(store, image))
    }
    io.stdout.write(formatDocuments(documents, values.format))
    return 0
  },
})
