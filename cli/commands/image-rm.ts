import { renderError } from '../../builder/index.ts'
import { defineCommand } from '../command.ts'
import { containersOf } from '../containers/open-call-containers.ts'
import { collectIfIdle } from '../images/collect.ts'
import { removeImage } from '../images/remove-image.ts'

export const imageRm = defineCommand({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  flags: {
    force: { kind: 'bool', short: 'f', help: 'Remove it though containers were made of it, or it has several names' },
    'no-prune': { kind: 'bool', help: 'Leave the layers for a later "tsbuild prune"' },
  },
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  async run(call) {
    const { values, positionals, io } = call
    const { store } = await call.engine()
    const containers = await containersOf(call)
    const failures: unknown[] = []
    for (const name of positionals) {
      try {
        const lines = await removeImage({ store, containers, force: values.force }, name)
        io.stdout.write(lines.map((line) => `${line}\n`).join(''))
      } catch (error) {
        failures.push(error)
      }
    }
    if (!values['no-prune'] && failures.length < positionals.length) await collectIfIdle(call)
    for (const failure of failures.slice(0, -1)) io.stderr.write(renderError(failure))
    if (failures.length > 0) throw failures.at(-1)
    return 0
  },
})
