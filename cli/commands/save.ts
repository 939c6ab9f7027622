import { saveImages } from '../../builder/index.ts'
import { defineCommand } from '../command.ts'
import { platformOf } from '../flags/platform.ts'
import { archiveOutput, archiveOutputFlag } from '../terminal/archive-output.ts'

export const save = defineCommand({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  flags: {
    output: archiveOutputFlag,
    platform: { kind: 'string', help: 'Of images for several platforms the one for this one alone' },
    format: {
      kind: 'string',
      default: 'docker',
      choices: ['docker', 'oci'],
      help: 'Layout of the archive; docker is read by OCI tools too',
    },
  },
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'image',
  async run({ values, positionals, io, engine, interrupt }) {
    const destination = archiveOutput(io, values.output)
    const { store } = await engine()
    const format = values.format === 'oci' ? 'oci' : 'docker'
    const platform = values.platform === undefined ? {} : { platform: platformOf(values.platform) }
    await saveImages({ store, names: positionals, format, ...platform, destination }, interrupt.signal)
    return 0
  },
})
