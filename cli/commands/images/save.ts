import { saveImages } from '../../../images/index.ts'
import { defineCommand } from '../../command.ts'
import { platformOf } from '../../flags/platform.ts'
import { archiveOutput, archiveOutputFlag } from '../../terminal/archive-output.ts'
import { showTransfer } from '../../terminal/show-transfer.ts'

export const save = defineCommand({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  flags: {
    output: archiveOutputFlag,
    platform: { kind: 'string', help: 'Include only the image for this platform' },
    format: {
      kind: 'string',
      default: 'docker',
      choices: ['docker', 'oci'],
      help: 'Archive format; OCI tools read docker archives too',
    },
  },
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'image',
  async run({ values, positionals, io, engine, interrupt }) {
    const destination = archiveOutput(io, values.output)
    const { store } = await engine()
    const format = values.format === 'oci' ? 'oci' : 'docker'
    const platform = { ...(values.platform !== undefined && { platform: platformOf(values.platform) }) }
    const { signal } = interrupt
    const quiet = io.stderr.isTTY !== true // docker prints nothing; progress is for terminals only
    await showTransfer({ action: 'saving', name: positionals.join(' '), quiet, io, signal }, (onProgress) =>
      saveImages({ store, names: positionals, format, ...platform, destination, onProgress }, signal),
    )
    return 0
  },
})
