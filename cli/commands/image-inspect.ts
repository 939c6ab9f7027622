import { defineCommand } from '../command.ts'
import { findImage } from '../find-image.ts'
import { inspectImage } from '../images/inspect-image.ts'
import { formatDocuments } from '../output/format-documents.ts'
import { inspectFlags } from '../output/list-flags.ts'

export const imageInspect = defineCommand({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  flags: inspectFlags,
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'image',
  async run({ values, positionals, io, engine }) {
    const { store } = await engine()
    const documents: unknown[] = []
    for (const name of positionals) documents.push(await inspectImage(store, (await findImage(store, name)).image))
    io.stdout.write(formatDocuments(documents, values.format))
    return 0
  },
})
