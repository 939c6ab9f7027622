import { compareImages } from '../../../images/index.ts'
import { defineCommand } from '../../command.ts'
import { findImage } from '../../find-image.ts'
import { platformOf } from '../../flags/platform.ts'
import { differenceDocument, differenceLines } from '../../images/difference-lines.ts'
import { jsonText } from '../../output/json-text.ts'

export const imageDiff = defineCommand({
  usage: '[OPTIONS] IMAGE IMAGE',
  flags: {
    format: { kind: 'string', default: 'text', choices: ['text', 'json'], help: 'Output format' },
    platform: { kind: 'string', help: 'Platform to select from multi-platform images' },
  },
  positionals: { min: 2, max: 2 },
  completes: 'image',
  notes: `Compares the config, the history and the files of two images of the store. Modification times of files are not compared.
Files are sorted by difference in size; A: added, C: changed, D: deleted.`,
  async run({ values, positionals, io, engine, interrupt }) {
    const [first = '', second = ''] = positionals
    const platform = values.platform === undefined ? undefined : platformOf(values.platform)
    const { store, native } = await engine()
    const before = (await findImage(store, first, platform)).image
    const after = (await findImage(store, second, platform)).image
    const lock = await store.lock('shared')
    try {
      const difference = await compareImages({ store, trees: native.trees }, { before, after }, interrupt.signal)
      const isJson = values.format === 'json'
      io.stdout.write(
        isJson ? `${jsonText(differenceDocument([first, second], difference))}\n` : differenceLines(difference),
      )
      return 0
    } finally {
      await lock.release()
    }
  },
})
