import { defineCommand } from '../command.ts'
import { containersOf } from '../containers/open-call-containers.ts'
import { eachName } from '../each-name.ts'
import { collectIfIdle } from '../images/collect.ts'
import { removeImage } from '../images/remove-image.ts'

export const imageRm = defineCommand({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  flags: {
    force: { kind: 'bool', short: 'f', help: 'Remove it though containers were made of it, or it has several names' },
    'no-prune': { kind: 'bool', help: 'Leave the layers for a later "tsbuild prune"' },
  },
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'image',
  async run(call) {
    const { values } = call
    const { store } = await call.engine()
    const containers = await containersOf(call)
    try {
      return await eachName(call, async (name) => {
        const lines = await removeImage({ store, containers, force: values.force }, name)
        return lines.map((line) => `${line}\n`).join('')
      })
    } finally {
      if (!values['no-prune']) await collectIfIdle(call)
    }
  },
})
